import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type ServiceProcess, spawnService } from '../support/process.ts';
import { operatorOf, settings, temporaryFolder } from '../support/service.ts';
import { addLeaver, announce, openOrganization } from './support/leavers.ts';
import { assertEpochs, assertOutOnce, provenEntries } from './support/proof.ts';

const GRACE_SECONDS = 3;
const CONFIG = { server: { shutdownSeconds: GRACE_SECONDS }, http: { timeoutMs: 60_000 } };

async function openPair(t: TestContext) {
  const fastio = await openOrganization(t);
  const databaseUrl = await freshDatabaseUrl(t);
  const start = async (): Promise<ServiceProcess> => {
    const folder = await temporaryFolder(t);
    return await spawnService(t, folder, settings({ dataDir: path.join(folder, 'data'), databaseUrl, fastio }, CONFIG));
  };
  return { fastio, start };
}

/** The actions whose attempts this process has ended, in the order of its log. */
function endedIn(service: ServiceProcess): string[] {
  const lines = service.output().split('\n');
  return lines.flatMap((line) => /"action":"([a-z-]+)".*"step ended"/.exec(line)?.[1] ?? []);
}

test('SIGTERM drains: a call under way may end, no new step starts, and what remains is released at once for the worker beside it', async (t) => {
  const { fastio, start } = await openPair(t);
  const [quick, stuck] = [addLeaver(fastio), addLeaver(fastio)];
  const first = await start();
  const ending = fastio.pause({ call: 'suspend', subject: quick.userId }, 'before-effect');
  const endless = fastio.pause({ call: 'resolve', subject: stuck.email }, 'before-effect');
  await announce(quick, first.url);
  await ending.arrived;
  await announce(stuck, first.url);
  await endless.arrived;
  const endedBefore = endedIn(first);
  const second = await start();

  const ended = first.end('SIGTERM');
  await eventually('the first process stops', () => first.output().includes('Leaver is stopping'));
  ending.release();
  const operator = operatorOf(second.url);
  const { id: quickId } = await operator.untilState(quick.email, 'completed');
  const { id: stuckId } = await operator.untilState(stuck.email, 'completed');
  assert.deepEqual(await ended, { code: 0, signal: null });
  endless.drop();

  assert.deepEqual(endedIn(first), [...endedBefore, 'suspend'], 'the first process has ended what ran, and begun nothing');
  const [quickEntries, stuckEntries] = [await provenEntries(operator, quickId), await provenEntries(operator, stuckId)];
  const released = [...quickEntries, ...stuckEntries].filter(({ kind }) => kind === 'step.released');
  assert.deepEqual(
    released.map(({ data }) => [data['action'], data['reason']]),
    [['resolve-account', 'its worker stops']],
  );
  const again = stuckEntries[stuckEntries.findIndex(({ kind }) => kind === 'step.released') + 1];
  assert.equal(again?.kind, 'step.started');
  const waitedMs = Date.parse(again.at) - Date.parse(released[0]?.at ?? '');
  assert.ok(waitedMs < 10_000, `the worker beside it began ${waitedMs} ms after the release`);
  for (const [leaver, entries] of [
    [quick, quickEntries],
    [stuck, stuckEntries],
  ] as const) {
    assertEpochs(entries);
    assertOutOnce(fastio, leaver);
  }
  assert.deepEqual(fastio.violations, []);
});
