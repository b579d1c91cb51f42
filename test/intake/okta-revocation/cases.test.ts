import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { HOOK_SECRET, startService } from '../../support/service.ts';
import { casesOf, fatesOf, recordedSignals } from '../support/recorded.ts';
import { countRows } from '../support/rows.ts';
import { AUDIENCE, startTestTransmitter } from '../support/transmitter.ts';

test('what Okta logs out is locked out', async (t) => {
  const okta = await startTestTransmitter(t);
  const universalLogout = { issuer: okta.issuer, audience: AUDIENCE, jwksUri: okta.jwksUri };
  const connections = [{ id: 'okta-main', kind: 'okta', universalLogout, eventHook: { secrets: [HOOK_SECRET] } }];
  const service = await startService(t, { config: { connections } });
  const url = `${service.url}/intake/okta/okta-main/revocation`;
  const logOut = async (subject: Parameters<typeof okta.logOut>[0], jti?: string): Promise<number | string> =>
    (await okta.logOut(subject, { url, audience: AUDIENCE, ...(jti !== undefined && { claims: { jti } }) })).status;

  await t.test('at once, and nothing more', async () => {
    service.fastio.scenario.addUser({ email: 'ada@example.com' });
    assert.equal(await logOut({ email: 'ada@example.com' }), 204);
    const { playbook, steps } = await service.untilState('ada@example.com', 'completed');
    assert.equal(playbook, 'contain');
    assert.ok(steps.every(({ phase }) => phase === 'resolve' || phase === 'contain'));
  });

  await t.test('a request that comes again is answered the same, counts once, and takes out nobody else', async () => {
    service.fastio.scenario.addUser({ email: 'bob@example.com' });
    service.fastio.scenario.addUser({ email: 'eve@example.com' });
    assert.equal(await logOut({ email: 'bob@example.com' }, 'used-twice'), 204);
    await service.untilState('bob@example.com', 'completed');
    assert.equal(await logOut({ email: 'bob@example.com' }, 'used-twice'), 204);
    // Somebody who caught the token puts another name into the body, which no signature covers.
    assert.equal(await logOut({ email: 'eve@example.com' }, 'used-twice'), 204);
    assert.deepEqual(await fatesOf(service, { uuid: 'used-twice' }), ['accepted', 'duplicate', 'duplicate']);
    assert.equal((await casesOf(service, 'bob@example.com')).length, 1);
    assert.deepEqual(await casesOf(service, 'eve@example.com'), []);
  });

  await t.test('an id that nobody has is 404 and recorded, also the second time; one that the event hook told of is known', async () => {
    assert.equal(await logOut({ id: '00uNobodyKnows000001' }, 'of-nobody'), 404);
    assert.equal(await logOut({ id: '00uNobodyKnows000001' }, 'of-nobody'), 404);
    assert.deepEqual(await fatesOf(service, { uuid: 'of-nobody' }), ['duplicate', 'unresolved']);
    service.fastio.scenario.addUser({ email: 'carol@example.com' });
    await service.okta.deliver([oktaEvent('user.lifecycle.suspend', { id: '00uCarol000000000001', login: 'carol@example.com' })]);
    assert.equal(await logOut({ id: '00uCarol000000000001' }), 204);
    const [carol] = await casesOf(service, 'carol@example.com');
    assert.deepEqual(carol?.signals.map(({ channel }) => channel).sort(), ['okta-event-hook', 'okta-revocation']);
  });

  await t.test('a token that is not good leaves no trace in the record', async () => {
    const before = await countRows(service.databaseUrl, 'signal', 'person');
    const signals = await recordedSignals(service);
    const { status } = await okta.logOut({ email: 'mallory@example.com' }, { url, audience: 'https://other.example.com' });
    assert.equal(status, 401);
    assert.deepEqual(await recordedSignals(service), signals);
    assert.deepEqual(await countRows(service.databaseUrl, 'signal', 'person'), before);
  });

  await t.test('a connection without Universal Logout, or of another kind, is 404', async () => {
    const nowhere = `${service.url}/intake/okta/other/revocation`;
    assert.equal((await okta.logOut({ email: 'ada@example.com' }, { url: nowhere, audience: AUDIENCE })).status, 404);
    assert.equal((await okta.push(`${service.url}/intake/ssf/okta-main/events`, 'x')).status, 404);
  });
});
