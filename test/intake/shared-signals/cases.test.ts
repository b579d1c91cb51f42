import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAEP, RISC, type SetForm } from '../../../src/sandbox/security-event.ts';
import { startService } from '../../support/service.ts';
import { casesOf, recordedSignals } from '../support/recorded.ts';
import { countRows } from '../support/rows.ts';
import { connectionTo, startTestTransmitter } from '../support/transmitter.ts';

test('what a transmitter pushes becomes cases', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const service = await startService(t, { config: { connections: [connectionTo(transmitter, { bearer: ['Bearer of-the-stream'] })] } });
  const url = `${service.url}/intake/ssf/signals/events`;
  const push = async (claims: Parameters<typeof transmitter.sign>[0]) =>
    (await transmitter.push(url, await transmitter.sign(claims), 'Bearer of-the-stream')).status;
  const about = (email: string, name: string, details = {}, form: SetForm = 'ssf') =>
    transmitter.claims(form, { type: name, subject: { email }, details });
  const fate = async () => {
    const [{ disposition, reason, kind } = {}] = await recordedSignals(service);
    return { disposition, reason, kind };
  };

  await t.test('an account that was disabled is an offboarding, in every form, and the person is out', async () => {
    for (const form of ['ssf', 'okta', 'google'] as const) {
      const email = `${form}@example.com`;
      service.fastio.scenario.addUser({ email });
      assert.equal(await push(about(email, `${RISC}account-disabled`, {}, form)), 202);
      const done = await service.untilState(email, 'completed');
      assert.equal(done.playbook, 'offboard');
    }
    assert.deepEqual(service.fastio.violations, []);
  });

  await t.test('a hijacked account is locked out, and nothing more', async () => {
    service.fastio.scenario.addUser({ email: 'hijacked@example.com' });
    assert.equal(await push(about('hijacked@example.com', `${RISC}account-disabled`, { reason: 'hijacking' })), 202);
    assert.equal((await service.untilState('hijacked@example.com', 'completed')).playbook, 'contain');
  });

  await t.test('the same token twice, and many times at once, is one signal and one case', async () => {
    service.fastio.scenario.addUser({ email: 'twice@example.com' });
    const claims = about('twice@example.com', `${CAEP}session-revoked`, { initiating_entity: 'admin' });
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await push(claims)));
    assert.deepEqual(new Set(answers), new Set([202]));
    const fates = (await recordedSignals(service)).filter(({ eventId }) => eventId === claims['jti']).map(({ disposition }) => disposition);
    assert.deepEqual(fates.sort(), ['accepted', 'duplicate', 'duplicate', 'duplicate', 'duplicate']);
    assert.equal((await casesOf(service, 'twice@example.com')).length, 1);
  });

  await t.test('a session that the person ended, a changed address and an event of the stream are recorded and ignored', async () => {
    for (const [type, details] of [
      [`${CAEP}session-revoked`, { initiating_entity: 'user' }],
      [`${RISC}identifier-changed`, { 'new-value': 'new@example.com' }],
      ['https://schemas.openid.net/secevent/ssf/event-type/stream-updated', { status: 'paused' }],
    ] as const) {
      assert.equal(await push(about('stays@example.com', type, details)), 202);
      const { disposition, reason } = await fate();
      assert.equal(disposition, 'ignored');
      assert.ok(reason);
    }
    assert.deepEqual(await casesOf(service, 'stays@example.com'), []);
  });

  await t.test('a person whose address changed leaves by the new one as the same person', async () => {
    service.fastio.scenario.addUser({ email: 'renamed@example.com' });
    assert.equal(await push(about('before@example.com', `${RISC}account-enabled`)), 202);
    assert.equal(await push(about('before@example.com', `${RISC}identifier-changed`, { 'new-value': 'renamed@example.com' })), 202);
    assert.match((await fate()).reason ?? '', /; the new one is known as theirs from now on$/);
    assert.equal(await push(about('renamed@example.com', `${RISC}account-disabled`)), 202);
    const { signals, steps } = await service.untilState('before@example.com', 'completed');
    assert.equal(signals.length, 1);
    assert.ok(steps.some(({ action, outcome }) => action === 'remove-member' && outcome === 'verified'));
  });

  await t.test('an id that nobody is known by, and an address that belongs to somebody else now, are unresolved', async () => {
    const people = await countRows(service.databaseUrl, 'person');
    const unknown = transmitter.claims('ssf', { type: `${RISC}account-purged`, subject: { id: 'nobody-knows' } });
    for (const claims of [unknown, about('stays@example.com', `${RISC}identifier-recycled`)]) {
      assert.equal(await push(claims), 202);
      assert.equal((await fate()).disposition, 'unresolved');
    }
    assert.deepEqual(await countRows(service.databaseUrl, 'person'), people);
  });

  await t.test(
    'an address that has passed to somebody else tells nobody from then on, and holds the open case of whoever had it',
    async () => {
      const recycled = about('passed@example.com', `${RISC}identifier-recycled`);
      const [account, disabled] = [about('PASSED@example.com', `${RISC}account-disabled`), `${RISC}account-disabled`];
      // Nobody has an account of theirs: the case stays open.
      assert.equal(await push(about('passed@example.com', disabled)), 202);
      await service.untilState('passed@example.com', 'attention');
      assert.equal(await push(recycled), 202);
      const held = await service.untilState('passed@example.com', 'held');
      assert.deepEqual(
        held.signals.map(({ kind }) => kind),
        [disabled, `${RISC}identifier-recycled`],
      );
      assert.equal(await push(account), 202);
      assert.deepEqual(await fate(), {
        disposition: 'unresolved',
        reason: 'the address is said to have passed to somebody else, so it tells nobody for certain',
        kind: disabled,
      });
      assert.equal((await casesOf(service, 'passed@example.com')).length, 1);
    },
  );

  await t.test('an id is known once it came with an address', async () => {
    service.fastio.scenario.addUser({ email: 'learned@example.com' });
    const both = {
      format: 'aliases',
      identifiers: [
        { format: 'email', email: 'learned@example.com' },
        { format: 'iss_sub', iss: transmitter.issuer, sub: 'u-7' },
      ],
    };
    const first = about('', `${RISC}credential-compromise`);
    assert.equal(await push({ ...first, sub_id: both }), 202);
    assert.equal(await push(transmitter.claims('okta', { type: `${RISC}account-disabled`, subject: { id: 'u-7' } })), 202);
    assert.equal((await service.untilState('learned@example.com', 'completed')).playbook, 'offboard');
    assert.equal((await casesOf(service, 'learned@example.com')).flatMap(({ signals }) => signals).length, 2);
  });

  await t.test('an event that happened before the person came back holds the case instead of taking them out', async () => {
    service.fastio.scenario.addUser({ email: 'returned@example.com' });
    const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000);
    const subject = { email: 'returned@example.com' };
    assert.equal(await push(transmitter.claims('ssf', { type: `${RISC}account-enabled`, subject, occurredAt: at(1) })), 202);
    assert.equal(await push(transmitter.claims('ssf', { type: `${RISC}account-disabled`, subject, occurredAt: at(5) })), 202);
    assert.equal((await fate()).disposition, 'contradicted');
    assert.equal((await service.caseOf('returned@example.com'))?.state, 'held');
  });
});
