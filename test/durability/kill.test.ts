import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { CALLS, type CallName } from '../../src/sandbox/fastio/calls.ts';
import type { FastioSandbox } from '../../src/sandbox/fastio/fastio.ts';
import type { ServiceProcess } from '../support/process.ts';
import { operatorOf } from '../support/service.ts';
import { addLeaver, announce, type Leaver } from './support/leavers.ts';
import { openPlace, PATIENCE_MS, type Place } from './support/place.ts';
import { nameOf, type Point, pointsOf } from './support/points.ts';
import { assertEpochs, assertOutOnce, provenEntries } from './support/proof.ts';
import { bringToStandstill, MOMENTS } from './support/standstill.ts';

/** Side by side, as many as CI has processors. */
const CHAINS = 2;

/** What one undisturbed case calls: the list of all places at which a process can be killed. */
async function readPoints(t: TestContext): Promise<Point[]> {
  const { fastio, start } = await openPlace(t);
  const service = await start();
  const leaver = addLeaver(fastio);
  await announce(leaver, service.url);
  await operatorOf(service.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
  assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null });
  return pointsOf(fastio.requests, leaver);
}

/** Three people leave, and each stands at another moment of the same call when the process is killed. Gives the process that came after it. */
async function killAt(t: TestContext, place: Place, point: Point, service: ServiceProcess): Promise<ServiceProcess> {
  const { fastio, databaseUrl, start } = place;
  const standing = [];
  for (const moment of MOMENTS) {
    const leaver = addLeaver(fastio);
    const begin = async (): Promise<void> => await announce(leaver, service.url);
    standing.push({ leaver, moment, standstill: await bringToStandstill(t, { fastio, databaseUrl, leaver, point }, moment, begin) });
  }
  await service.end('SIGKILL');
  for (const { standstill } of standing) {
    await standstill.clear();
  }
  const next = await start();
  for (const { leaver, moment } of standing) {
    await assertRepaired(fastio, leaver, next, `${moment} ${nameOf(point)}`);
  }
  assert.deepEqual(fastio.violations, []);
  return next;
}

async function assertRepaired(fastio: FastioSandbox, leaver: Leaver, { url }: ServiceProcess, what: string): Promise<void> {
  const operator = operatorOf(url);
  const { id } = await operator.untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
  const entries = await provenEntries(operator, id);
  assertEpochs(entries);
  const lost = entries.filter(({ kind, data }) => kind === 'step.released' && data['reason'] === 'its worker is gone');
  assert.equal(lost.length, 1, `${what}: one step was under way, and was taken over`);
}

/** Whoever comes after the process that was killed is the one that is killed next. */
async function killInTurn(t: TestContext, points: readonly Point[]): Promise<void> {
  const place = await openPlace(t);
  let service = await place.start();
  for (const point of points) {
    service = await killAt(t, place, point, service);
  }
  assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null });
}

test('kill -9 before, during and after every outbound call of a case, in turn, is harmless: each case completes with each effect once', async (t) => {
  const points = await readPoints(t);
  const called = new Set(points.map(({ call }) => call));
  const missing = (Object.keys(CALLS) as CallName[]).filter((call) => !called.has(call));
  assert.deepEqual(missing, ['release'], 'a case makes every call but the one that lets somebody in again');
  t.diagnostic(`${points.length} calls, killed at ${points.length * MOMENTS.length} moments: ${points.map(nameOf).join(', ')}`);
  await Promise.all(
    Array.from(
      { length: CHAINS },
      async (_, chain) =>
        await killInTurn(
          t,
          points.filter((_point, index) => index % CHAINS === chain),
        ),
    ),
  );
});

test('kill -9 in the middle of a transfer is harmless on the embedded database too, which is found again and stops with us', async (t) => {
  const { fastio, dataDir, start } = await openPlace(t, { databaseUrl: '' });
  const leaver = addLeaver(fastio);
  const first = await start();
  const hold = fastio.pause('transfer', 'after-effect');
  await announce(leaver, first.url);
  await hold.arrived;
  const pidFile = await readFile(path.join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8');
  const postmaster = Number(pidFile.split('\n')[0]);
  await first.end('SIGKILL');
  hold.drop();
  assert.ok(isRunning(postmaster), 'the orphaned PostgreSQL is still there');

  const second = await start();
  await operatorOf(second.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
  assert.deepEqual(fastio.violations, []);
  assert.deepEqual(await second.end('SIGTERM'), { code: 0, signal: null });
  assert.ok(!isRunning(postmaster), 'PostgreSQL has stopped with us');
});

/** A process that has ended but that nobody has waited for (a zombie) does not run. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
