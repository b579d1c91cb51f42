import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { type CallName, type FastioSandbox, startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { createOkta } from '../../src/sandbox/okta.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { spawnService } from '../support/process.ts';
import { HOOK_SECRET, operatorOf, SUCCESSOR_ID, settings, temporaryFolder } from '../support/service.ts';

const EMAIL = 'leaver@example.com';

/** Every kind of call of a whole case that changes something, and one that only reads. */
const CALLS: readonly CallName[] = ['resolve', 'suspend', 'revokeSessions', 'deleteTokens', 'deleteWebhook', 'transfer', 'remove', 'audit'];

async function openSandbox(t: TestContext): Promise<{ fastio: FastioSandbox; leaverId: string }> {
  const fastio = await startFastio({ pageSize: 3 });
  t.after(async () => await fastio.close());
  fastio.scenario.addUser({ id: SUCCESSOR_ID, email: 'successor@example.com' });
  const leaver = fastio.scenario.addUser({ email: EMAIL, sessions: 2, locks: 1, tokens: 2 });
  fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'one' });
  fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'two' });
  fastio.scenario.addWebhook({ userId: leaver.id });
  fastio.expectLeaver(leaver.id);
  return { fastio, leaverId: leaver.id };
}

/** Kills the service while it waits for the answer to its first call of this kind, starts it again, and lets the case end. */
async function surviveKill(t: TestContext, call: CallName, point: 'before-effect' | 'after-effect', databaseUrl: string): Promise<void> {
  const { fastio, leaverId } = await openSandbox(t);
  const folder = await temporaryFolder(t);
  const config = settings({ dataDir: path.join(folder, 'data'), databaseUrl, fastio });
  const first = await spawnService(t, folder, config);
  const hold = fastio.pause(call, point);
  const okta = createOkta({ hookUrl: `${first.url}/intake/okta/okta-main/events`, secret: HOOK_SECRET });
  t.after(async () => await okta.close());
  const delivery = await okta.deactivate({ id: '00uleaver', login: EMAIL });
  assert.equal(delivery.status, 204);
  await hold.arrived;
  await first.end('SIGKILL');
  hold.drop();

  const second = await spawnService(t, folder, config);
  const operator = operatorOf(second.url);
  const done = await operator.untilState(EMAIL, 'completed', 40_000);

  assert.deepEqual(fastio.violations, []);
  assert.deepEqual(fastio.leftovers(leaverId), { member: false, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 0 });
  const effects = fastio.effects.map(({ kind }) => kind).sort();
  assert.deepEqual(effects, [
    'sessions.revoked',
    'tokens.deleted',
    'user.deleted',
    'user.suspended',
    'webhook.deleted',
    'workspace.transferred',
    'workspace.transferred',
  ]);
  const { body } = await operator.call('GET', `/v1/cases/${done.id}/evidence`);
  const verdict = await verifyEvidence(JSON.stringify(body));
  assert.ok(verdict.ok, JSON.stringify(verdict));
  const ended = await second.end('SIGTERM');
  assert.deepEqual(ended, { code: 0, signal: null });
}

/** A process that has ended but that nobody has waited for (a zombie) does not run. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

for (const call of CALLS) {
  for (const point of ['before-effect', 'after-effect'] as const) {
    test(`kill -9 ${point === 'before-effect' ? 'before' : 'after'} the effect of ${call} is harmless: the case completes with each effect once`, async (t) => {
      await surviveKill(t, call, point, await freshDatabaseUrl(t));
    });
  }
}

test('kill -9 in the middle of a transfer is harmless on the embedded database too, which is found again and stops with us', async (t) => {
  const { fastio } = await openSandbox(t);
  const folder = await temporaryFolder(t);
  const config = settings({ dataDir: path.join(folder, 'data'), databaseUrl: '', fastio });
  const first = await spawnService(t, folder, config);
  const hold = fastio.pause('transfer', 'after-effect');
  const okta = createOkta({ hookUrl: `${first.url}/intake/okta/okta-main/events`, secret: HOOK_SECRET });
  t.after(async () => await okta.close());
  await okta.deactivate({ id: '00uleaver', login: EMAIL });
  await hold.arrived;
  const postmaster = Number((await readFile(path.join(folder, 'data', 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  await first.end('SIGKILL');
  hold.drop();
  assert.ok(isRunning(postmaster), 'the orphaned PostgreSQL is still there');

  const second = await spawnService(t, folder, config);
  await operatorOf(second.url).untilState(EMAIL, 'completed', 40_000);
  assert.equal(fastio.effects.filter(({ kind }) => kind === 'workspace.transferred').length, 2);
  assert.deepEqual(fastio.violations, []);
  assert.deepEqual(await second.end('SIGTERM'), { code: 0, signal: null });
  assert.ok(!isRunning(postmaster), 'PostgreSQL has stopped with us');
});
