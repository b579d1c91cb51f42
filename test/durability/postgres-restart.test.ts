import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readPostmaster } from '../../src/database/embedded/postmaster.ts';
import { eventually } from '../support/eventually.ts';
import { spawnService } from '../support/process.ts';
import { operatorOf, settings, temporaryFolder } from '../support/service.ts';
import { openCluster } from './support/cluster.ts';
import { addLeaver, openOrganization, tellOf } from './support/leavers.ts';
import { assertEpochs, assertOutOnce, provenEntries } from './support/proof.ts';

const PATIENCE_MS = 60_000;
/** Longer than any answer may take while the database is away. */
const TIME_LIMIT_MS = 10_000;

async function statusOf(url: string): Promise<number> {
  return (await fetch(url, { signal: AbortSignal.timeout(TIME_LIMIT_MS) })).status;
}

test('PostgreSQL may crash and come back in the middle of work: until then 503 and no hang, afterwards everything goes on, nothing lost and nothing twice', async (t) => {
  const cluster = await openCluster(t);
  const fastio = await openOrganization(t, { latencyMs: 20 });
  const start = async () => {
    const folder = await temporaryFolder(t);
    return await spawnService(t, folder, settings({ dataDir: path.join(folder, 'data'), databaseUrl: cluster.url, fastio }));
  };
  const [first, second] = [await start(), await start()];
  const leavers = Array.from({ length: 9 }, () => addLeaver(fastio));
  const [early, sudden, late] = [leavers.slice(0, 3), leavers.slice(3, 6), leavers.slice(6)];
  const tell = async (people: typeof leavers) => await Promise.all(people.map(async (leaver) => await tellOf(leaver, first.url)));

  // Some are on their way, one of them in the middle of a transfer whose answer comes only when the database is away.
  const hold = fastio.pause('transfer', 'mid-answer');
  assert.deepEqual(await tell(early), [204, 204, 204]);
  await hold.arrived;
  // Others are told of at the very moment of the crash: each is kept, or answered with 503.
  const [atTheCrash] = await Promise.all([tell(sudden), cluster.crash()]);
  assert.ok(
    atTheCrash.every((status) => status === 204 || status === 503),
    `${atTheCrash}`,
  );
  hold.release();

  assert.deepEqual(await tell(late), [503, 503, 503]);
  for (const { url } of [first, second]) {
    assert.deepEqual([await statusOf(`${url}/readyz`), await statusOf(`${url}/livez`)], [503, 200]);
  }

  await cluster.startAgain();
  for (const { url } of [first, second]) {
    await eventually('the service is ready again', async () => (await statusOf(`${url}/readyz`)) === 200, PATIENCE_MS);
  }
  // What was not accepted is sent again, as the sender was told.
  const refused = [...sudden.filter((_, index) => atTheCrash[index] === 503), ...late];
  assert.deepEqual(new Set(await tell(refused)), new Set([204]));
  const operator = operatorOf(second.url);
  for (const leaver of leavers) {
    const { id, signals } = await operator.untilState(leaver.email, 'completed', PATIENCE_MS);
    assert.ok(signals.length >= 1);
    assertOutOnce(fastio, leaver);
    assertEpochs(await provenEntries(operator, id));
  }
  assert.deepEqual(fastio.violations, []);
  for (const service of [first, second]) {
    assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null }, service.output());
  }
});

test('the embedded PostgreSQL may be killed under the service, which says that it is not ready, starts it again and goes on', async (t) => {
  const fastio = await openOrganization(t);
  const folder = await temporaryFolder(t);
  const dataDir = path.join(folder, 'data');
  const service = await spawnService(t, folder, settings({ dataDir, databaseUrl: '', fastio }));
  const leaver = addLeaver(fastio);
  const hold = fastio.pause('transfer', 'mid-answer');
  assert.equal(await tellOf(leaver, service.url), 204);
  await hold.arrived;
  const postmaster = (await readPostmaster(path.join(dataDir, 'postgres', 'cluster')))?.pid;
  assert.ok(postmaster);
  process.kill(postmaster, 'SIGKILL');
  await eventually('the service is not ready', async () => (await statusOf(`${service.url}/readyz`)) === 503);
  assert.equal(await statusOf(`${service.url}/livez`), 200);
  hold.release();

  await eventually('the service is ready again', async () => (await statusOf(`${service.url}/readyz`)) === 200, PATIENCE_MS);
  const operator = operatorOf(service.url);
  const { id } = await operator.untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
  assertEpochs(await provenEntries(operator, id));
  assert.deepEqual(fastio.violations, []);
  assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null }, service.output());
});
