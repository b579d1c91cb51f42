import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import type { CaseView } from '../../src/offboarding/views.ts';
import { eventually } from '../support/eventually.ts';
import { SUCCESSOR_ID, startService, type TestService } from '../support/service.ts';

const EMAIL = 'leaver@example.com';
const GRACE = { policy: { graceSeconds: 3_600 } };

/** A service with somebody who has two workspaces. */
async function withLeaver(t: TestContext, config: Parameters<typeof startService>[1] = {}) {
  const service = await startService(t, config);
  const { fastio, okta } = service;
  const leaver = fastio.scenario.addUser({ email: EMAIL, sessions: 2, tokens: 1 });
  const [one, two] = ['one', 'two'].map((name) => fastio.scenario.addWorkspace({ ownerId: leaver.id, name }));
  fastio.expectLeaver(leaver.id);
  const instruct = async (kind: string): Promise<{ status: number; body: unknown }> =>
    await service.call('POST', `/v1/cases/${(await service.caseOf(EMAIL))?.id}/${kind}`, { reason: 'a second thought' });
  return {
    ...service,
    leaver,
    one: one?.id ?? '',
    two: two?.id ?? '',
    instruct,
    leave: async () => assert.equal((await okta.deactivate({ id: '00uleaver', login: EMAIL })).status, 204),
    ownerOf: (id: string) => fastio.workspaces.get(id)?.ownerId,
    status: () => fastio.users.get(leaver.id)?.status,
  };
}

/** The same, with everything handed over and a target that refuses to remove. */
async function withHandedOver(t: TestContext) {
  const service = await withLeaver(t);
  service.fastio.fail('remove', { status: 403 }, { times: Number.POSITIVE_INFINITY });
  await service.leave();
  await service.untilState(EMAIL, 'attention');
  assert.equal(service.ownerOf(service.one), SUCCESSOR_ID);
  return service;
}

async function untilContained({ caseOf }: TestService): Promise<CaseView> {
  return await eventually('the person is locked out', async () => {
    const found = await caseOf(EMAIL);
    return found?.containedAt ? found : null;
  });
}

async function assertEvidence({ call }: TestService, { id }: CaseView): Promise<void> {
  const { body } = await call('GET', `/v1/cases/${id}/evidence`);
  const verdict = await verifyEvidence(JSON.stringify(body));
  assert.ok(verdict.ok, JSON.stringify(verdict));
}

test('a case that is cancelled during the grace period gives the account back as it was, and says what stays', async (t) => {
  const service = await withLeaver(t, { config: GRACE });
  await service.leave();
  await untilContained(service);
  assert.equal(service.status(), 'suspended');
  assert.equal((await service.instruct('cancel')).status, 202);
  const cancelled = await service.untilState(EMAIL, 'cancelled');
  assert.equal(service.status(), 'active');
  assert.equal(service.ownerOf(service.one), service.leaver.id);
  assert.match(cancelled.reason ?? '', /fastio: sessions that were ended stay ended.*API tokens that were deleted stay deleted/);
  assert.deepEqual(service.fastio.violations, []);
  await assertEvidence(service, cancelled);
  assert.equal((await service.instruct('cancel')).status, 409);
});

test('a reactivation during the grace period holds the case, and the answer cancels it', async (t) => {
  const service = await withLeaver(t, { config: GRACE });
  await service.leave();
  await untilContained(service);
  await service.okta.reactivate({ id: '00uleaver', login: EMAIL });
  await service.untilState(EMAIL, 'held');
  assert.equal((await service.instruct('cancel')).status, 202);
  await service.untilState(EMAIL, 'cancelled');
  assert.equal(service.status(), 'active');
});

test('a reactivation during the grace period holds the case, and the answer lets it go on', async (t) => {
  const service = await withLeaver(t, { config: { policy: { graceSeconds: 1 } } });
  await service.leave();
  await untilContained(service);
  await service.okta.reactivate({ id: '00uleaver', login: EMAIL });
  const { reason } = await service.untilState(EMAIL, 'held');
  assert.match(reason ?? '', /active again/);
  assert.equal((await service.instruct('approve')).status, 202);
  await service.untilState(EMAIL, 'completed');
});

test('a protected person whose case is cancelled was never touched', async (t) => {
  const service = await withLeaver(t, { config: { policy: { protected: [EMAIL] } } });
  await service.leave();
  await service.untilState(EMAIL, 'held');
  await service.instruct('cancel');
  const { reason, steps } = await service.untilState(EMAIL, 'cancelled');
  assert.equal(reason, null);
  assert.ok(steps.every(({ attempts }) => attempts === 0));
  assert.deepEqual(service.fastio.effects, []);
});

test('a case that is reversed gives back the account and every workspace', async (t) => {
  const service = await withHandedOver(t);
  assert.equal((await service.instruct('cancel')).status, 409);
  assert.equal((await service.instruct('reverse')).status, 202);
  const reversed = await service.untilState(EMAIL, 'reversed');
  assert.deepEqual([service.ownerOf(service.one), service.ownerOf(service.two)], [service.leaver.id, service.leaver.id]);
  assert.equal(service.status(), 'active');
  assert.deepEqual(service.fastio.violations, []);
  await assertEvidence(service, reversed);
});

test('a workspace whose owner has changed since is not taken back, and the others are', async (t) => {
  const service = await withHandedOver(t);
  const third = service.fastio.scenario.addUser({ email: 'third@example.com' });
  service.fastio.scenario.passWorkspaceOn(service.one, third.id);
  await service.instruct('reverse');
  const stuck = await eventually('the rest is given back', async () => {
    const found = await service.caseOf(EMAIL);
    return found?.state === 'attention' && service.ownerOf(service.two) === service.leaver.id ? found : null;
  });
  assert.match(stuck.reason ?? '', new RegExp(`workspace ${service.one} \\(one\\) no longer belongs to`));
  assert.equal(service.ownerOf(service.one), third.id);

  service.fastio.scenario.passWorkspaceOn(service.one, service.leaver.id);
  await service.instruct('retry');
  await service.untilState(EMAIL, 'reversed');
});

test('after the removal nothing is reversed: the person must be invited again first', async (t) => {
  const service = await withLeaver(t);
  await service.leave();
  await service.untilState(EMAIL, 'completed');
  const { status, body } = await service.instruct('reverse');
  assert.equal(status, 409);
  assert.match(JSON.stringify(body), /removed from fastio: invite them there again first/);
});

test('before anything was handed over a case is cancelled, not reversed', async (t) => {
  const service = await withLeaver(t, { config: GRACE });
  await service.leave();
  await untilContained(service);
  const { status, body } = await service.instruct('reverse');
  assert.equal(status, 409);
  assert.match(JSON.stringify(body), /cancel the case instead/);
});

test('somebody who leaves after all while the case is cancelled is locked out again, behind the return that was under way', async (t) => {
  const service = await withLeaver(t, { config: { policy: { graceSeconds: 2 } } });
  await service.leave();
  await untilContained(service);
  const hold = service.fastio.pause('release', 'before-effect');
  await service.instruct('cancel');
  await hold.arrived;
  await service.leave();
  const turned = await service.caseOf(EMAIL);
  assert.deepEqual([turned?.undo, turned?.signals.length], [null, 2]);
  hold.release();
  await service.untilState(EMAIL, 'completed');
  const kinds = service.fastio.effects.map(({ kind }) => kind).filter((kind) => kind.startsWith('user.'));
  assert.deepEqual(kinds, ['user.suspended', 'user.activated', 'user.suspended', 'user.deleted']);
  assert.deepEqual(service.fastio.violations, []);
});
