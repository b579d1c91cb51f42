import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type FastioSandbox, startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { createOkta } from '../../src/sandbox/okta.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { type ServiceProcess, spawnService } from '../support/process.ts';
import { HOOK_SECRET, operatorOf, SUCCESSOR_ID, settings, temporaryFolder } from '../support/service.ts';
import { undo } from '../support/undo.ts';

/** Far more than it takes: a paused worker is given up after 15 seconds, a dead one at once. */
const PATIENCE_MS = 60_000;

interface Pair {
  readonly fastio: FastioSandbox;
  readonly first: ServiceProcess;
  /** A second process on the same database. */
  startSecond(): Promise<ServiceProcess>;
  /** Lets Okta tell the process that somebody with two workspaces has left. */
  leave(service: ServiceProcess, email: string): Promise<void>;
}

async function openPair(t: TestContext): Promise<Pair> {
  const fastio = await startFastio();
  undo(t, async () => await fastio.close());
  fastio.scenario.addUser({ id: SUCCESSOR_ID, email: 'successor@example.com' });
  const databaseUrl = await freshDatabaseUrl(t);
  const spawn = async (): Promise<ServiceProcess> => {
    const folder = await temporaryFolder(t);
    return await spawnService(t, folder, settings({ dataDir: path.join(folder, 'data'), databaseUrl, fastio }));
  };
  return {
    fastio,
    first: await spawn(),
    startSecond: spawn,
    leave: async ({ url }, email) => {
      const leaver = fastio.scenario.addUser({ email, sessions: 1, tokens: 1 });
      fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'one' });
      fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'two' });
      fastio.expectLeaver(leaver.id);
      const okta = createOkta({ hookUrl: `${url}/intake/okta/okta-main/events`, secret: HOOK_SECRET });
      undo(t, async () => await okta.close());
      assert.equal((await okta.deactivate({ id: `00u${leaver.id}`, login: email })).status, 204);
    },
  };
}

function transfers({ effects }: FastioSandbox): number {
  return effects.filter(({ kind }) => kind === 'workspace.transferred').length;
}

test('a worker that dies in the middle of a call is replaced by the one beside it, which does each thing once', async (t) => {
  const { fastio, first, startSecond, leave } = await openPair(t);
  const second = await startSecond();
  const hold = fastio.pause('transfer', 'after-effect');
  await leave(first, 'leaver@example.com');
  await hold.arrived;
  // Either of the two may be the one that waits for this call: the case is taken over or goes on.
  await first.end('SIGKILL');
  hold.drop();
  await operatorOf(second.url).untilState('leaver@example.com', 'completed', PATIENCE_MS);
  assert.equal(transfers(fastio), 2);
  assert.deepEqual(fastio.violations, []);
});

test('a worker that was paused is replaced, and when it wakes it makes no further call and changes nothing', async (t) => {
  const { fastio, first, startSecond, leave } = await openPair(t);
  const hold = fastio.pause('transfer', 'before-effect');
  await leave(first, 'leaver@example.com');
  await hold.arrived;
  process.kill(first.pid, 'SIGSTOP');

  const second = await startSecond();
  const operator = operatorOf(second.url);
  const done = await operator.untilState('leaver@example.com', 'completed', PATIENCE_MS);
  const { length } = fastio.requests;

  hold.drop();
  process.kill(first.pid, 'SIGCONT');
  await delay(3_000);
  assert.equal(fastio.requests.length, length, 'no further call was made');
  assert.deepEqual(await operator.caseOf('leaver@example.com'), done);
  assert.equal(transfers(fastio), 2);
  assert.deepEqual(fastio.violations, []);

  // It is of use again: alone, it takes out the next one.
  await second.end('SIGTERM');
  await leave(first, 'next@example.com');
  await operatorOf(first.url).untilState('next@example.com', 'completed');
});
