import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/service.ts';
import { type RunningCommand, runCommand, startCommand } from './command.ts';

/** The demo in a temporary folder of its own, so that what it leaves behind can be seen. */
async function startDemo(t: TestContext, ...words: string[]): Promise<RunningCommand & { readonly folder: string }> {
  const folder = await temporaryFolder(t);
  return { ...startCommand(t, ['demo', ...words], { TMPDIR: folder }), folder };
}

/** The number of the demo's PostgreSQL, once it has one. */
async function databasePid(folder: string): Promise<number> {
  return await eventually('the database of the demo starts', async () => {
    const [own = ''] = await readdir(folder);
    const file = path.join(folder, own, 'postgres', 'cluster', 'postmaster.pid');
    return Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10) || null;
  });
}

async function assertNothingIsLeft(folder: string, pid: number): Promise<void> {
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, `PostgreSQL (process ${pid}) still runs`);
  assert.deepEqual(await readdir(folder), []);
}

const PROVEN = [
  'heard',
  'outcomes',
  'locked out',
  'confirmed',
  'handed over',
  'told',
  'nothing left',
  'contractor',
  'bystanders',
  "Fastio's rules",
  "Flashback's rules",
  'evidence',
];

test('the demo takes a person out from end to end, proves each point, exits 0 and leaves nothing behind', {
  timeout: 60_000,
}, async (t) => {
  const demo = await startDemo(t);
  const pid = await databasePid(demo.folder);
  const { code, stdout, stderr } = await demo.ended;
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stderr, '');
  assert.match(stdout, /\+\d\.\d{3} s {2}fastio +suspend +verified +\d+ ms\n/);
  assert.equal(stdout.match(/ transfer-workspace .* verified /g)?.length, 4);
  for (const name of PROVEN) {
    assert.match(stdout, new RegExp(`\n {2}✓ ${name} `));
  }
  assert.match(stdout, /confirmed +okta itself says so \(status DEPROVISIONED\)/);
  assert.match(stdout, /flashback +ensure-admin Model training +verified /);
  assert.equal(stdout.match(/flashback +remove-from-workspace .* verified /g)?.length, 2);
  assert.match(stdout, /flashback +remove-from-organization +verified /);
  assert.match(
    stdout,
    /handed over +4 of 4 workspaces of Fastio now belong to Amara Okafor \(manager\), now ADMIN of 1 of 1 in Flashback\n/,
  );
  assert.match(stdout, /evidence +\d+ entries, verified offline/);
  assert.match(stdout, /\nDone in [\d.]+ s: Jordan Reyes is out of Fastio and Flashback, and it is proven\.\n$/);
  await assertNothingIsLeft(demo.folder, pid);
});

test('the demo of another channel, which only locks people out, stays up on request, can be used from outside, and is gone after Ctrl-C', {
  timeout: 60_000,
}, async (t) => {
  const demo = await startDemo(t, '--channel', 'universal-logout', '--keep');
  await demo.untilSaid('__sandbox/state');
  assert.match(
    demo.output(),
    / okta +token revocation +204: [\s\S]*✓ heard +universal-logout over okta-revocation,[\s\S]*✓ nothing more +suspended/,
  );
  assert.match(demo.output(), /\nDone in [\d.]+ s: Jordan Reyes is locked out of Fastio, and it is proven\.\n/);
  assert.doesNotMatch(demo.output(), / (?:transfer-workspace|remove-member|delete-webhooks|remove-from-workspace|ensure-admin) /);
  const [, url, token] = /LEAVER_URL=(\S+) LEAVER_TOKEN=(\S+)/.exec(demo.output()) ?? [];
  const cases = await runCommand(t, ['cases'], { LEAVER_URL: url, LEAVER_TOKEN: token });
  assert.match(cases.stdout, /completed +jordan\.reyes@example\.com/);
  const pid = await databasePid(demo.folder);
  demo.child.kill('SIGINT');
  assert.equal((await demo.ended).code, 0);
  await assertNothingIsLeft(demo.folder, pid);
});

test('a demo that is interrupted on its way stops everything that it had started', { timeout: 60_000 }, async (t) => {
  const demo = await startDemo(t);
  await demo.untilSaid('fastio');
  const pid = await databasePid(demo.folder);
  // Behind npm, one Ctrl-C arrives twice.
  demo.child.kill('SIGINT');
  demo.child.kill('SIGINT');
  const { code, stderr } = await demo.ended;
  assert.equal(code, 1);
  assert.match(stderr, /Interrupted; everything is stopped\./);
  await assertNothingIsLeft(demo.folder, pid);
});
