import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/database/database.ts';
import { createLog } from '../../src/kernel/log.ts';
import { startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

test('at most one writer: two services on one database take out twenty people, each effect once', async (t) => {
  const first = await startService(t, { fastio: { latencyMs: 10 } });
  const second = await startService(t, { databaseUrl: first.databaseUrl, sandbox: first.fastio });
  const people = Array.from({ length: 20 }, (_, index) => `leaver${index}@example.com`);
  for (const email of people) {
    const { id } = first.fastio.scenario.addUser({ email, sessions: 1, tokens: 1 });
    first.fastio.scenario.addWorkspace({ ownerId: id });
    first.fastio.expectLeaver(id);
  }
  // Each deactivation reaches both services, at the same instant.
  await Promise.all(
    people.flatMap((login, index) =>
      [first, second].map(async ({ okta }) => assert.equal((await okta.deactivate({ id: `00u${index}`, login })).status, 204)),
    ),
  );
  for (const email of people) {
    await second.untilState(email, 'completed', 60_000);
  }
  // A slow machine may have a call repeated; a step of a living worker is never taken over by the other.
  const db = openDatabase({ url: first.databaseUrl, log: createLog({ level: 'silent' }), maxConnections: 1 });
  undo(t, async () => await db.destroy());
  assert.deepEqual(await db.selectFrom('ledger_entry').select('body').where('kind', '=', 'step.released').execute(), []);
  const counts = Map.groupBy(first.fastio.effects, ({ kind }) => kind);
  assert.deepEqual(Object.fromEntries([...counts].map(([kind, effects]) => [kind, effects.length])), {
    'user.suspended': 20,
    'sessions.revoked': 20,
    'tokens.deleted': 20,
    'workspace.transferred': 20,
    'user.deleted': 20,
  });
  assert.deepEqual(first.fastio.violations, []);
});
