import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { createLog } from '../../src/kernel/log.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { projectFrom } from '../support/page-project.ts';
import { operatorOf, settings, temporaryFolder } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { startRoster } from './support/roster.ts';

const PAGE = 'writing-a-target.md';
const LEAVER = 'lee.aver@example.com';
const TOKEN = 'roster-token-of-the-tests';

/** The service of the page's project over a Roster. */
async function serviceFromPage(t: TestContext) {
  const roster = await startRoster(t, TOKEN, { p1: 'ann@example.com', p2: 'service@example.com', p3: 'bob@example.com', p4: LEAVER });
  const project = await projectFrom(PAGE);
  const [dataDir, databaseUrl] = [await temporaryFolder(t), await freshDatabaseUrl(t)];
  const targets = [{ id: 'roster', kind: 'roster', baseUrl: roster.origin, token: TOKEN, fallbackOwnerId: 'p1', ownAccountId: 'p2' }];
  const text = stringify(settings({ dataDir, databaseUrl, fastio: { url: '', token: '', orgId: '' } }, { targets }));
  const { parseConfig } = (await import(path.join(project, 'src', 'config', 'config.ts'))) as typeof import('../../src/config/config.ts');
  const { startApp } = (await import(path.join(project, 'src', 'app.ts'))) as typeof import('../../src/app.ts');
  const config = await parseConfig({ text, path: path.join(dataDir, 'leaver.yaml'), env: {} });
  const app = await startApp({ config, log: createLog({ level: 'fatal' }) });
  undo(t, async () => await app.close());
  return { roster, ...operatorOf(app.url) };
}

test('a service that was built by the steps of the page takes somebody out, and says what it could not do', async (t) => {
  const { roster, call, untilState } = await serviceFromPage(t);
  const { status } = await call('POST', '/v1/cases', { email: 'Lee.Aver@example.com', playbook: 'offboard', reason: 'left' });
  assert.equal(status, 202);
  const { steps, containedAt } = await untilState(LEAVER, 'completed');
  assert.deepEqual(
    steps.map(({ action, outcome }) => [action, outcome]),
    [
      ['resolve-account', 'verified'],
      ['suspend', 'not-offered'],
      ['revoke-sessions', 'not-offered'],
      ['delete-tokens', 'not-offered'],
      ['delete-webhooks', 'not-offered'],
      ['transfer-ownership', 'not-offered'],
      ['remove-account', 'verified'],
      ['verify-audit', 'not-offered'],
    ],
  );
  assert.equal(steps.find(({ action }) => action === 'revoke-sessions')?.facts['lasts'], 'up to 8 hours after the removal');
  assert.deepEqual([containedAt, roster.people.has('p4'), roster.removals()], [null, false, 1]);

  const { body } = await call('GET', '/v1/targets');
  const [described] = (body as { items: { kind: string; reachable: boolean; checks: { verdict: string }[] }[] }).items;
  assert.deepEqual([described?.kind, described?.reachable, described?.checks[0]?.verdict], ['roster', true, 'fine']);
});

test('the code of the page passes the type check of the project', async () => {
  const project = await projectFrom(PAGE);
  const checked = path.join(project, 'checked.json');
  await writeFile(checked, JSON.stringify({ extends: './tsconfig.json', include: [], files: ['src/targets/roster/roster.ts'] }));
  const tsc = path.join(project, 'node_modules', '.bin', 'tsc');
  const { stdout } = await promisify(execFile)(tsc, ['-p', checked]).catch((error: { stdout: string }) => error);
  assert.equal(stdout, '');
});
