import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectStream } from '../../../src/intake/shared-signals/connect-stream.ts';
import { createCriticalMembers } from '../../../src/intake/shared-signals/critical.ts';
import { eventually } from '../../support/eventually.ts';
import { keptLog } from '../../targets/support/log-lines.ts';
import { movingClock } from '../../targets/support/moving-clock.ts';
import { startIssuer } from '../support/issuer.ts';
import { AUDIENCE, startTestTransmitter } from '../support/transmitter.ts';
import { claimsOf, setStage } from './stage.ts';

const ADA = { format: 'email', email: 'ada@example.com' };
const DEVICE = { format: 'opaque', id: 'd-1' };
const CHANGED = 'https://schemas.openid.net/secevent/risc/event-type/identifier-changed';
const RECYCLED = 'https://schemas.openid.net/secevent/risc/event-type/identifier-recycled';
const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

test('an event whose subject has a critical member that is not read is taken and discarded; any other counts', async (t) => {
  const { push, signed, intake } = await setStage(t, [{ critical: ['user', 'device', 'tenant'] }]);
  const said = async (changes: Record<string, unknown>) => {
    assert.equal((await push(await signed(claimsOf(changes)))).status, 202);
    const [signal] = intake.accepted.splice(0);
    assert.ok(signal && !('besides' in signal));
    return [signal.meaning, signal.subject?.email ?? null, 'recycled' in signal || 'renamed' in signal, signal.note] as const;
  };
  const complex = { format: 'complex', user: ADA };
  assert.deepEqual(await said({ sub_id: complex }), ['contain', 'ada@example.com', false, null]);
  assert.deepEqual(await said({ sub_id: { ...complex, session: DEVICE } }), ['contain', 'ada@example.com', false, null]);
  const discarded = /^its subject has device, which the transmitter calls critical and Leaver cannot process: it is discarded/;
  const inEvent = { sub_id: undefined, events: { [REVOKED]: { subject: { user: ADA, device: DEVICE }, initiating_entity: 'admin' } } };
  const all = [
    { sub_id: { ...complex, device: DEVICE } },
    inEvent,
    { sub_id: { ...complex, device: DEVICE }, events: { [CHANGED]: { 'new-value': 'new@example.com' } } },
    { sub_id: { ...complex, device: DEVICE }, events: { [RECYCLED]: {} } },
  ];
  for (const changes of all) {
    const [meaning, email, teaches, note] = await said(changes);
    assert.deepEqual([meaning, email, teaches], ['ignore', null, false]);
    assert.match(note ?? '', discarded);
  }
  assert.match((await said({ sub_id: { ...complex, tenant: DEVICE, device: DEVICE } }))[3] ?? '', /^its subject has tenant, device, which/);
});

test('where nothing is critical, a subject with further members means its user', async (t) => {
  const { push, signed, intake } = await setStage(t);
  assert.equal((await push(await signed(claimsOf({ sub_id: { format: 'complex', user: ADA, device: DEVICE } })))).status, 202);
  assert.deepEqual([intake.accepted[0]?.meaning, intake.accepted[0]?.subject?.email], ['contain', 'ada@example.com']);
});

test('what is critical is read in the document of the transmitter, once in ten minutes, and goes on while that cannot be read', async (t) => {
  const clock = movingClock();
  const { log, lines } = keptLog();
  const issuer = await startIssuer(t);
  const { origin } = new URL(issuer.jwksUri);
  const serve = (critical?: unknown): void =>
    issuer.answer((response) => {
      response.end(JSON.stringify({ issuer: origin, configuration_endpoint: `${origin}/stream`, critical_subject_members: critical }));
    });
  const critical = createCriticalMembers({ issuer: origin, clock, log });
  serve(['device']);
  assert.deepEqual(await Promise.all([critical(), critical()]), [['device'], ['device']]);
  serve(['tenant']);
  clock.move(599_999);
  assert.deepEqual([await critical(), issuer.fetches()], [['device'], 1]);
  clock.move(1);
  assert.deepEqual([await critical(), issuer.fetches()], [['tenant'], 2]);
  issuer.answer((response) => response.destroy());
  clock.move(600_000);
  assert.deepEqual(await critical(), ['tenant']);
  assert.match(lines.join(''), /which members of subjects are critical could not be read; those known count/);
  serve();
  clock.move(600_000);
  assert.deepEqual(await critical(), []);
});

test('a document that does not come holds no event up for longer than a moment', async (t) => {
  const { log } = keptLog();
  const issuer = await startIssuer(t);
  const { origin } = new URL(issuer.jwksUri);
  let finish = (): void => undefined;
  issuer.answer((response) => {
    finish = () =>
      void response.end(JSON.stringify({ issuer: origin, configuration_endpoint: origin, critical_subject_members: ['device'] }));
  });
  const critical = createCriticalMembers({ issuer: origin, clock: movingClock(), log });
  const startedAt = performance.now();
  assert.deepEqual(await critical(), []);
  assert.ok(performance.now() - startedAt < 3_000);
  finish();
  await eventually('it is known when the document is there', async () => (await critical()).length === 1);
});

test('a stream whose transmitter calls more critical than the user is connected with a warning', async (t) => {
  const wishOf = async (critical: readonly string[]) => {
    const { issuer, jwksUri } = await startTestTransmitter(t, { critical });
    const delivery = { method: 'push', url: 'https://leaver.example.com/intake/ssf/signals/events', authorization: null } as const;
    const token = 'the-token-of-the-transmitter';
    return { connection: 'signals', issuer, jwksUri, audience: AUDIENCE, delivery, token, meanings: {}, state: 'a-state' };
  };
  assert.deepEqual((await connectStream(await wishOf(['user']))).warnings, []);
  const { warnings } = await connectStream(await wishOf(['user', 'device', 'tenant']));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /^It calls device and tenant critical: an event whose subject has that is recorded and ignored/);
});
