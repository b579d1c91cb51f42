import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fixture } from '../okta-event-hook/fixtures.ts';
import { ADA, claimsOf, ISSUER, setStage } from './stage.ts';

test('the published request locks its person out, is stored, and is answered as published', async (t) => {
  const { ask, signed, intake } = await setStage(t);
  const published = (await fixture('universal-logout-email')) as { body: unknown; response: { status: number } };
  const body = JSON.stringify(published.body);
  const { status, text } = await ask(`Bearer ${await signed(claimsOf({ iat: 1_790_000_000 }))}`, body);
  assert.deepEqual([status, text], [published.response.status, '']);
  assert.deepEqual(intake.accepted, [
    {
      connection: 'okta-main',
      channel: 'okta-revocation',
      kind: 'universal-logout',
      eventId: 'a-token',
      meaning: 'contain',
      subject: { id: null, email: 'user@example.com', name: null },
      note: null,
      occurredAt: new Date(1_790_000_000_000),
      bodySha256: createHash('sha256').update(body).digest('hex'),
      verifiedBy: 'universalLogout.jwksUri, key k1',
    },
  ]);
});

test('a person is told by the id that Okta gave out, and by no other', async (t) => {
  const { ask, signed, intake } = await setStage(t);
  const token = await signed(claimsOf());
  const named = async (iss: string, sub: string) => {
    await ask(`Bearer ${token}`, { sub_id: { format: 'iss_sub', iss, sub } });
    return intake.accepted.at(-1)?.subject;
  };
  assert.deepEqual(await named(ISSUER, '00uAda'), { id: '00uAda', email: null, name: null });
  assert.deepEqual(await named(ISSUER, 'ada@example.com'), { id: 'ada@example.com', email: 'ada@example.com', name: null });
  assert.equal(await named('https://other.okta.com', '00uAda'), null);
});

test('a body that names nobody is 400, and nothing is stored', async (t) => {
  const { ask, signed, intake } = await setStage(t);
  const authorization = `Bearer ${await signed(claimsOf())}`;
  for (const body of [
    '',
    'not JSON',
    Buffer.from([0xff]).toString('latin1'),
    [],
    null,
    {},
    { sub_id: null },
    { sub_id: { email: 'ada@example.com' } },
    { sub_id: { format: 'email' } },
    { sub_id: { format: 'email', email: 'ada' } },
    { sub_id: { format: 'email', email: 'a\0da@example.com' } },
    { sub_id: { format: 'iss_sub', iss: ISSUER } },
    { sub_id: { format: 'iss_sub', iss: ISSUER, sub: '' } },
    { sub_id: { format: 'iss_sub', iss: ISSUER, sub: 7 } },
    { sub_id: { format: 'opaque', id: '00uAda' } },
    { subject: ADA.sub_id },
  ]) {
    const { status, text } = await ask(authorization, body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(text, /Nothing was stored/);
  }
  assert.deepEqual(intake.accepted, []);
});

test('who is not known is 404, also when the same request comes again', async (t) => {
  const { ask, signed, intake, first } = await setStage(t);
  const authorization = `Bearer ${await signed(claimsOf())}`;
  intake.say('unresolved');
  assert.equal((await ask(authorization)).status, 404);
  intake.say('duplicate');
  first.disposition = 'unresolved';
  assert.equal((await ask(authorization)).status, 404);
  first.disposition = 'accepted';
  assert.equal((await ask(authorization)).status, 204);
  for (const disposition of ['contradicted', 'ignored'] as const) {
    intake.say(disposition);
    assert.equal((await ask(authorization)).status, 204, disposition);
  }
});

test('what cannot be stored is answered 503, so that it is sent again', async (t) => {
  const { ask, signed, intake } = await setStage(t);
  intake.say(null);
  assert.equal((await ask(`Bearer ${await signed(claimsOf())}`)).status, 503);
});

test('the operator’s table may give a logout another meaning', async (t) => {
  const { ask, signed, intake } = await setStage(t, { meanings: { 'universal-logout': 'offboard' } });
  await ask(`Bearer ${await signed(claimsOf())}`);
  assert.equal(intake.accepted[0]?.meaning, 'offboard');
});

test('a connection that is not there is 404, whatever is sent to it', async (t) => {
  const { ask, signed, intake } = await setStage(t);
  const authorization = `Bearer ${await signed(claimsOf())}`;
  for (const connection of ['okta', 'OKTA-MAIN', 'okta-main%00', '__proto__', 'x'.repeat(500)]) {
    assert.equal((await ask(authorization, ADA, connection)).status, 404, connection);
    assert.equal((await ask(null, 'not JSON', connection)).status, 404, connection);
  }
  assert.deepEqual(intake.accepted, []);
});

test('neither a token nor an address reaches the log', async (t) => {
  const { ask, signed, lines } = await setStage(t);
  const good = await signed(claimsOf());
  const bad = await signed(claimsOf({ aud: 'other' }));
  await ask(`Bearer ${good}`);
  await ask(`Bearer ${bad}`);
  const log = lines.join('');
  assert.match(log, /a signal was stored/);
  assert.match(log, /a request was refused/);
  for (const secret of [...good.split('.').slice(1), ...bad.split('.').slice(1), 'ada@example.com']) {
    assert.ok(!log.includes(secret), secret);
  }
});
