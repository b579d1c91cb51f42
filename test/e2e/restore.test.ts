import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/kernel/log.ts';
import { keySetSchema } from '../../src/ledger/bundle.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { migrateOnly } from '../../src/migrate-only.ts';
import { bareDatabaseUrl } from '../support/database.ts';
import { restoreInto } from '../support/logical-copy.ts';
import { startService, type TestService } from '../support/service.ts';

/** A new database with the schema of this version and what the other one holds at this moment. */
async function restored(t: TestContext, source: string): Promise<string> {
  const url = await bareDatabaseUrl(t);
  const config = await parseConfig({ text: `database: { url: "${url}" }`, path: '/etc/leaver/leaver.yaml', env: {} });
  await migrateOnly({ config, log: createLog({ level: 'error' }) });
  await restoreInto(url, source);
  return url;
}

async function evidenceOf({ call }: TestService, id: string): Promise<string> {
  const { status, body } = await call('GET', `/v1/cases/${id}/evidence`);
  assert.equal(status, 200);
  return JSON.stringify(body);
}

async function publishedKeys({ url }: TestService) {
  return keySetSchema.parse(await (await fetch(`${url}/.well-known/jwks.json`)).json());
}

test('a backup restored into an empty database: an open case goes on, finds what has happened since, and all evidence verifies', async (t) => {
  const first = await startService(t);
  first.fastio.scenario.addUser({ email: 'ada@example.com' });
  await first.okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  const ada = await first.untilState('ada@example.com', 'completed');
  const before = await evidenceOf(first, ada.id);
  const leaver = first.fastio.scenario.addUser({ email: 'grace@example.com', tokens: 1 });
  first.fastio.scenario.addWorkspace({ ownerId: leaver.id });
  const transfer = first.fastio.pause('transfer', 'before-effect');
  await first.okta.deactivate({ id: '00uGrace', login: 'grace@example.com' });
  await transfer.arrived;

  const databaseUrl = await restored(t, first.databaseUrl);
  // The backup is older than the world: the workspace is handed over, and more is done, after it was taken.
  transfer.release();
  await first.app.close();
  assert.equal(first.fastio.leftovers(leaver.id).workspaces, 0);

  const second = await startService(t, { databaseUrl, sandbox: first.fastio });
  const grace = await second.untilState('grace@example.com', 'completed');
  assert.deepEqual(first.fastio.leftovers(leaver.id), { member: false, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 0 });
  assert.deepEqual(first.fastio.violations, []);
  assert.equal((await second.caseOf('ada@example.com'))?.id, ada.id);

  const keys = await publishedKeys(second);
  const [old, same, late] = await Promise.all(
    [before, await evidenceOf(second, ada.id), await evidenceOf(second, grace.id)].map(async (text) => await verifyEvidence(text, keys)),
  );
  assert.deepEqual([old?.ok, same?.ok, late?.ok], [true, true, true]);
  assert.ok(old?.ok && late?.ok && late.checkpoint.size > old.checkpoint.size, 'the ledger goes on where it was');
});
