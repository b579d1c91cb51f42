import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHASES } from '../../../src/targets/target.ts';
import { doneAs, fastioStage, type Stage } from '../support/fastio-stage.ts';

const LOCK_OUT = ['resolve-account', 'suspend', 'list-workspaces', 'revoke-sessions', 'delete-tokens', 'delete-webhooks'];

async function withWorkspaces(stage: Stage): Promise<string[]> {
  const { fastio, leaver } = stage;
  fastio.scenario.addWebhook({ userId: leaver.id });
  return ['Designs', 'Plans'].map((name) => fastio.scenario.addWorkspace({ ownerId: leaver.id, name }).id);
}

test('all actions in their order take everything from the leaver and hand over what they owned', async (t) => {
  const stage = await fastioStage(t);
  const ids = await withWorkspaces(stage);
  await stage.after(...LOCK_OUT);
  for (const id of ids) doneAs(await stage.transfer(id), 'verified');
  await stage.after('remove-member', 'verify-audit', 'notify-successor');
  const { fastio, leaver, successor } = stage;
  assert.deepEqual(fastio.leftovers(leaver.id), { member: false, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 0 });
  for (const id of ids) assert.equal(fastio.workspaces.get(id)?.ownerId, successor.id);
});

test('all actions repeated once more change nothing', async (t) => {
  const stage = await fastioStage(t);
  const ids = await withWorkspaces(stage);
  await stage.after(...LOCK_OUT);
  for (const id of ids) for (const repeated of [false, true]) doneAs(await stage.transfer(id, { repeated }), 'verified');
  await stage.after('remove-member');
  const effects = stage.fastio.effects.length;
  doneAs(await stage.run('remove-member', { repeated: true }), 'verified');
  doneAs(await stage.run('verify-audit', { repeated: true }), 'verified');
  assert.equal(stage.fastio.effects.length, effects);
});

test('the successor is told of every agent that was bound to the account, as far as Fastio tells of them', async (t) => {
  const stage = await fastioStage(t);
  const { fastio, leaver } = stage;
  const [id = ''] = await withWorkspaces(stage);
  for (const host of ['a', 'b'])
    fastio.scenario.addWebhook({ userId: leaver.id, appId: 'app-sync', url: `https://${host}.example.com/hook?key=secret` });
  await stage.after(...LOCK_OUT);
  await stage.transfer(id);
  const facts = doneAs(await stage.run('notify-successor'), 'not-offered');
  const { apps, ...counts } = facts['agents'] as { apps: unknown[] };
  assert.deepEqual(counts, { tokensDeleted: 3, sessionsEnded: 2, locksReleased: 1 });
  assert.deepEqual(apps[1], { appId: 'app-sync', hosts: ['a.example.com', 'b.example.com'] });
  const notice = String(facts['notice']);
  assert.match(
    notice,
    /Bound to that account were the apps \d+ \(webhooks to app\.example\.com\), app-sync \(webhooks to a\.example\.com, b\.example\.com\)/,
  );
  assert.match(notice, /3 API tokens were deleted\. 2 sessions were ended\. 1 file lock was released\.$/);
  assert.doesNotMatch(JSON.stringify(facts), /secret/);
});

test('no log line holds an e-mail address, and the hand-over is one line for information', async (t) => {
  const stage = await fastioStage(t);
  const [id] = await withWorkspaces(stage);
  await stage.after('resolve-account', 'suspend');
  await stage.transfer(id ?? '');
  await stage.run('notify-successor');
  const lines = stage.lines.map((line) => JSON.parse(line));
  assert.equal(lines.filter(({ level }) => level === 30).length, 1);
  assert.doesNotMatch(stage.lines.join(''), /@|example/);
});

test('when nothing was handed over, nobody needs to be told', async (t) => {
  const { after, run, finished } = await fastioStage(t);
  await after('resolve-account');
  finished.push({ action: 'transfer-workspace', subject: 'w', outcome: 'already-absent', facts: { name: 'w', successorId: 's' } });
  assert.equal((await run('notify-successor')).kind, 'not-needed');
});

test('every action comes after those it names, in the order of the phases or beside them', async (t) => {
  const { target } = await fastioStage(t);
  const names = target.actions.map(({ action }) => action);
  const back = ['restore-status', 'return-workspace'];
  assert.deepEqual(names, [...LOCK_OUT, 'transfer-workspace', 'remove-member', 'verify-audit', 'notify-successor', ...back]);
  for (const { action, after, phase } of target.actions) {
    assert.ok(PHASES.includes(phase));
    for (const earlier of after) assert.ok(names.indexOf(earlier) < names.indexOf(action), `${action} after ${earlier}`);
  }
});

test('the emergency locks out and nothing more', async (t) => {
  const { target } = await fastioStage(t);
  const contain = target.actions.filter(({ playbooks }) => playbooks.includes('contain')).map(({ action }) => action);
  assert.deepEqual(contain, ['resolve-account', 'suspend', 'revoke-sessions', 'delete-tokens']);
});

test('what takes something back is of no playbook, names what it takes back, and every action says how it is observed', async (t) => {
  const { target } = await fastioStage(t);
  const undoing = target.actions.filter(({ undoes }) => undoes !== undefined);
  assert.deepEqual(
    undoing.map(({ action, undoes, playbooks }) => [action, undoes, playbooks]),
    [
      ['restore-status', 'suspend', []],
      ['return-workspace', 'transfer-workspace', []],
    ],
  );
  assert.ok(target.actions.every(({ observed }) => observed.length > 10));
});

test('only transfers wait for somebody to name their subject', async (t) => {
  const { target } = await fastioStage(t);
  assert.deepEqual(
    target.actions.filter(({ perSubject }) => perSubject).map(({ action }) => action),
    ['transfer-workspace', 'return-workspace'],
  );
});

test('an action that Fastio does not have is a mistake of ours', async (t) => {
  const { run } = await fastioStage(t);
  await assert.rejects(run('ensure-admin'), /no action called ensure-admin/);
});

test('a probe asks for one member', async (t) => {
  const { target, fastio } = await fastioStage(t);
  const alive = new AbortController().signal;
  assert.equal((await target.probe(alive)).reachable, true);
  assert.match(fastio.requests[0]?.path ?? '', /members\?limit=1&offset=0$/);
  fastio.fail('resolve', { status: 401 });
  const { reachable, detail } = await target.probe(alive);
  assert.equal(reachable, false);
  assert.match(detail, /targets\[fastio\]\.token/);
});
