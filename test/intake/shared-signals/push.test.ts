import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { send } from '../../http/support/send.ts';
import { AUDIENCE, claimsOf, setStage } from './stage.ts';

const refusalIn = (text: string): string => (JSON.parse(text) as { err: string }).err;

test('a good token is stored, then answered 202 with nothing in it', async (t) => {
  const { push, signed, intake } = await setStage(t);
  const token = await signed(claimsOf());
  const { status, text } = await push(token);
  assert.deepEqual([status, text], [202, '']);
  assert.deepEqual(intake.accepted, [
    {
      connection: 'signals',
      channel: 'shared-signals',
      kind: 'https://schemas.openid.net/secevent/risc/event-type/credential-compromise',
      eventId: 'a-token',
      meaning: 'contain',
      subject: { id: null, email: 'ada@example.com', name: null },
      note: null,
      occurredAt: new Date(1_790_000_000_000),
      bodySha256: createHash('sha256').update(token).digest('hex'),
      verifiedBy: 'jwksUri, key k1',
    },
  ]);
});

test('an audience may be one of several, and a token may have expired: what it tells has happened all the same', async (t) => {
  const { push, signed, intake } = await setStage(t);
  const subject = { format: 'email', email: 'ada@example.com' };
  const older = { sub_id: undefined, events: { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': { subject } } };
  assert.equal((await push(await signed(claimsOf({ aud: ['https://other.example.com', AUDIENCE] })))).status, 202);
  assert.equal((await push(await signed(claimsOf({ ...older, exp: 1_000 })))).status, 202);
  assert.deepEqual(
    intake.accepted.map(({ meaning, subject }) => [meaning, subject?.email]),
    [
      ['contain', 'ada@example.com'],
      ['offboard', 'ada@example.com'],
    ],
  );
});

test('a token that is known already is answered as if it were new', async (t) => {
  const { push, signed, intake } = await setStage(t);
  intake.say('duplicate');
  const { status, text } = await push(await signed(claimsOf()));
  assert.deepEqual([status, text], [202, '']);
});

test('what cannot be stored is answered 503, so that it is sent again', async (t) => {
  const { push, signed, intake } = await setStage(t);
  intake.say(null);
  const { status, headers } = await push(await signed(claimsOf()));
  assert.deepEqual([status, headers['retry-after']], [503, '5']);
});

test('the content type must be that of a security event token; parameters and case do not matter', async (t) => {
  const { push, signed } = await setStage(t);
  const token = await signed(claimsOf());
  for (const type of ['application/secevent+jwt; charset=utf-8', 'Application/SecEvent+JWT']) {
    assert.equal((await push(token, { 'content-type': type })).status, 202, type);
  }
  for (const type of ['application/jwt', 'application/json', 'text/plain', 'application/secevent+jwt2', '']) {
    const { status, text, headers } = await push(token, { 'content-type': type });
    assert.deepEqual([status, refusalIn(text), headers['content-language']], [400, 'invalid_request', 'en'], type);
  }
});

test('a body that is no token, or no security event token, is refused as an invalid request', async (t) => {
  const { push, signed, intake } = await setStage(t);
  const event = { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {} };
  for (const token of [
    '',
    'not a token',
    '{}',
    await signed(claimsOf({ jti: undefined })),
    await signed(claimsOf({ jti: 7 })),
    await signed(claimsOf({ iat: undefined })),
    await signed(claimsOf({ iat: 'now' })),
    await signed(claimsOf({ events: undefined })),
    await signed(claimsOf({ events: {} })),
    await signed(claimsOf({ events: [event] })),
    await signed(claimsOf({ events: { a: 'b' } })),
    await signed(claimsOf({ events: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`e${index}`, {}])) })),
    await signed(claimsOf({ events: { 'nul\0': {} } })),
    await signed(claimsOf({ sub: 'ada' })),
    await signed(claimsOf({ exp: 4_000_000_000 })),
  ]) {
    const { status, text } = await push(token);
    assert.deepEqual([status, refusalIn(text)], [400, 'invalid_request'], token);
  }
  assert.deepEqual(intake.accepted, []);
});

test('where the stream has an Authorization header, a push without it is 401, before its body is read', async (t) => {
  const { url, push, signed, intake } = await setStage(t, [{ bearer: ['Bearer new', 'Bearer old'] }]);
  const token = await signed(claimsOf());
  const near = ['Bearer ne', 'earer new', 'Bearer ol', 'earer old', 'Bearer ew', 'Bearer news', 'Bearer new, Bearer old'];
  for (const authorization of [...near, 'Bearer', 'bearer new', 'new', 'Basic new', '']) {
    const { status, text, headers } = await push(token, { authorization });
    assert.deepEqual([status, refusalIn(text), headers['www-authenticate']], [401, 'authentication_failed', 'Bearer'], authorization);
    assert.doesNotMatch(text, /new|old/);
  }
  const where = `${url}/intake/ssf/signals/events`;
  assert.equal((await send(where, { method: 'POST', body: '{', claimedLength: 1_000_000 })).status, 401);
  assert.deepEqual(intake.accepted, []);
  for (const authorization of ['Bearer new', 'Bearer old']) {
    assert.equal((await push(token, { authorization })).status, 202);
  }
});

test('a header that Leaver did not ask for is no harm', async (t) => {
  const { push, signed } = await setStage(t);
  assert.equal((await push(await signed(claimsOf()), { authorization: 'Bearer anything' })).status, 202);
});

test('a connection that is not there is 404, whatever is sent to it', async (t) => {
  const { push, signed, intake } = await setStage(t);
  const token = await signed(claimsOf());
  for (const connection of ['other', 'SIGNALS', 'signals%00', '__proto__', 'constructor', 'x'.repeat(500)]) {
    assert.equal((await push(token, {}, connection)).status, 404, connection);
    assert.equal((await push('', { 'content-type': 'text/plain' }, connection)).status, 404, connection);
  }
  assert.deepEqual(intake.accepted, []);
});

test('the tokens of one stream are nothing to another', async (t) => {
  const { push, signed, intake } = await setStage(t, [{ connection: 'a' }, { connection: 'b', issuer: 'https://b.example.com' }]);
  const { status, text } = await push(await signed(claimsOf()), {}, 'b');
  assert.deepEqual([status, refusalIn(text)], [400, 'invalid_issuer']);
  assert.equal((await push(await signed(claimsOf()), {}, 'a')).status, 202);
  assert.equal(intake.accepted.length, 1);
});

test('a body of more than a mebibyte is 413', async (t) => {
  const { push } = await setStage(t);
  assert.equal((await push('x'.repeat(1_048_577))).status, 413);
});

test('neither the token nor the header of the stream reaches the log', async (t) => {
  const { push, signed, lines } = await setStage(t, [{ bearer: ['Bearer of-the-stream'] }]);
  const good = await signed(claimsOf());
  const bad = await signed(claimsOf({ iss: 'https://evil.example.com' }));
  for (const token of [good, bad]) {
    await push(token, { authorization: 'Bearer of-the-stream' });
    await push(token, { authorization: 'Bearer wrong-one' });
  }
  const log = lines.join('');
  assert.match(log, /a security event token was refused/);
  for (const secret of [good, bad, ...good.split('.'), 'of-the-stream', 'wrong-one', 'ada@example.com']) {
    assert.ok(!log.includes(secret), secret);
  }
});

test('a stream that is paused or disabled is told to the operator', async (t) => {
  const { push, signed, lines } = await setStage(t);
  const events = { 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated': { status: 'disabled', reason: 'no contract' } };
  await push(await signed(claimsOf({ events })));
  const warnings = lines.filter((line) => line.includes('"level":40'));
  assert.match(warnings.join(''), /the stream is disabled now \(no contract\)/);
});
