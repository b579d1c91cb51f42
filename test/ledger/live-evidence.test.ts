import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '../../src/database/database.ts';
import { type EvidenceBundle, type KeySet, keySetSchema } from '../../src/ledger/bundle.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { HOOK_SECRET, OPERATOR_TOKEN, startService, type TestService } from '../support/service.ts';
import { SILENT } from './support/ledger.ts';

const LEAVER = 'John.Doe@example.com';

async function startWithLeaver(t: TestContext, config: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}) {
  const service = await startService(t, { fastio: { pageSize: 2, auditDelayMs: 300 }, config });
  const leaver = service.fastio.scenario.addUser({ email: LEAVER, sessions: 1, tokens: 1 });
  for (const name of ['Merger plans', 'Salaries']) {
    service.fastio.scenario.addWorkspace({ ownerId: leaver.id, name });
  }
  service.fastio.scenario.addWebhook({ userId: leaver.id });
  return { service, leaver };
}

async function evidenceOf(service: TestService, caseId: string): Promise<string> {
  const { status, body } = await service.call('GET', `/v1/cases/${caseId}/evidence`);
  assert.equal(status, 200);
  return JSON.stringify(body);
}

test('evidence verifies while a case runs, at its first step and at its last, and when it is completed', async (t) => {
  // No call may time out while it is held.
  const { service } = await startWithLeaver(t, { http: { timeoutMs: 120_000 } });
  let hold = service.fastio.pause('resolve', 'before-effect');
  await service.okta.deactivate({ id: '00u1', login: LEAVER });
  const keys = keySetSchema.parse((await service.call('GET', '/.well-known/jwks.json')).body);
  let entries = 0;
  for (const next of ['transfer', 'remove', 'audit', null] as const) {
    await hold.arrived;
    const found = await service.caseOf(LEAVER);
    const verdict = await verifyEvidence(await evidenceOf(service, found?.id ?? ''), keys);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.equal(verdict.payload.case.state, 'running');
    assert.ok(verdict.entries > entries);
    entries = verdict.entries;
    // Not before: the audit log is read early in a case too, and would be held there.
    const following = next && service.fastio.pause(next, 'before-effect');
    hold.release();
    hold = following ?? hold;
  }
  const done = await service.untilState(LEAVER, 'completed');
  const evidence = await evidenceOf(service, done.id);
  const verdict = await verifyEvidence(evidence, keys);
  assert.ok(verdict.ok, JSON.stringify(verdict));
  assert.ok(verdict.entries > 20);
  await refuseEveryOtherOrder(JSON.parse(evidence) as EvidenceBundle, keys);
});

/** Each entry left out, doubled, and swapped with the one before it: all of it is found, and the first entry that is wrong is named. */
async function refuseEveryOtherOrder(bundle: EvidenceBundle, keys: KeySet): Promise<void> {
  const { entries } = bundle.payload;
  for (const [index, entry] of entries.entries()) {
    const before = entries[index - 1];
    const changes: (readonly [EvidenceBundle['payload']['entries'], string])[] = [
      [entries.toSpliced(index, 1), `entry ${entry.seq} is missing`],
      [entries.toSpliced(index, 0, entry), `entry ${entry.seq} `],
      ...(before ? ([[entries.with(index - 1, entry).with(index, before), `entry ${before.seq} `]] as const) : []),
    ];
    for (const [changed, named] of changes) {
      const text = JSON.stringify({ ...bundle, payload: { ...bundle.payload, entries: changed } });
      const verdict = await verifyEvidence(text, keys);
      assert.ok(!verdict.ok && verdict.problem.startsWith(named), `${JSON.stringify(verdict).slice(0, 200)} instead of ${named}`);
    }
  }
}

test('evidence verifies of a case that waits, though its person was renamed, and of one that is held and has not begun', async (t) => {
  const { service } = await startWithLeaver(t, { policy: { graceSeconds: 3_600, protected: ['ceo@example.com'] } });
  await service.okta.deactivate({ id: '00u1', login: LEAVER });
  await service.okta.deactivate({ id: '00u2', login: 'ceo@example.com' });
  // The ledger commits to the address at the opening, whatever they are called later.
  await service.okta.deactivate({ id: '00u1', login: 'john.renamed@example.com' });
  assert.equal((await service.untilState(LEAVER, 'waiting')).person.email, 'john.renamed@example.com');
  for (const view of [await service.untilState(LEAVER, 'waiting'), await service.untilState('ceo@example.com', 'held')]) {
    const verdict = await verifyEvidence(await evidenceOf(service, view.id));
    assert.ok(verdict.ok, JSON.stringify(verdict));
  }
});

test('no e-mail, no name and no secret is in any entry of the ledger, whatever people and targets say', async (t) => {
  const { service, leaver } = await startWithLeaver(t, { policy: { protected: ['ceo@example.com'] } });
  service.fastio.expectLeaver(leaver.id);
  const ask = async (email: string, playbook: string, reason: string) =>
    await service.call('POST', '/v1/cases', { email, playbook, reason });
  await ask('ceo@example.com', 'contain', 'says ceo@example.com herself');
  const held = await service.untilState('ceo@example.com', 'held');
  await service.call('POST', `/v1/cases/${held.id}/approve`, { reason: 'asked ceo@example.com by phone' });
  await service.untilState('ceo@example.com', 'attention');
  await service.call('POST', `/v1/cases/${held.id}/retry`, { reason: 'ceo@example.com exists now' });
  const pause = service.fastio.pause('resolve', 'before-effect');
  await service.okta.deactivate({ id: '00u1', login: LEAVER, displayName: 'John Doe' });
  await pause.arrived;
  await service.okta.deactivate({ id: 'another id', login: LEAVER, displayName: 'John Doe' });
  pause.release();
  const doubted = await service.untilState(LEAVER, 'held');
  await service.call('POST', `/v1/cases/${doubted.id}/approve`, { reason: `asked ${LEAVER} by phone` });
  await service.untilState(LEAVER, 'completed');

  const db = openDatabase({ url: service.databaseUrl, log: SILENT, maxConnections: 1 });
  t.after(async () => await db.destroy());
  const bodies = (await db.selectFrom('ledger_entry').select('body').execute()).map(({ body }) => body);
  assert.ok(bodies.length > 30);
  const told = bodies.join('\n');
  assert.deepEqual(told.match(/[^\s"]+@[^\s"]+/g), null);
  const secrets = [HOOK_SECRET, OPERATOR_TOKEN, service.fastio.token];
  for (const secret of [...secrets, 'John', 'Doe', 'Merger', 'Salaries', 'https://', 'http://']) {
    assert.ok(!told.includes(secret), `${secret} is in the ledger`);
  }
});
