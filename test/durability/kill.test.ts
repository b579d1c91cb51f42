import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { CALLS, type CallName } from '../../src/sandbox/fastio/calls.ts';
import type { FastioSandbox } from '../../src/sandbox/fastio/fastio.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type ServiceProcess, spawnService } from '../support/process.ts';
import { operatorOf, settings, temporaryFolder } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { openCluster } from './support/cluster.ts';
import { addLeaver, announce, type Leaver, openOrganization, tellOf } from './support/leavers.ts';
import { nameOf, type Point, pointsOf } from './support/points.ts';
import { assertEpochs, assertOutOnce, provenEntries } from './support/proof.ts';
import { bringToStandstill, MOMENTS, waitingFor } from './support/standstill.ts';

const PATIENCE_MS = 60_000;
/** Nothing may give up by itself what is held at a call until the process is killed. */
const PATIENT = { http: { timeoutMs: PATIENCE_MS, retry: { attempts: 1, minDelayMs: 20, maxDelayMs: 200 } } };
/** Side by side, as many as CI has processors. */
const CHAINS = 2;

interface Place {
  readonly fastio: FastioSandbox;
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** Starts the service anew on what the one before it has left. */
  start(): Promise<ServiceProcess>;
}

/** A service that can be started again and again. Lists come in pages of one, so that each is really followed. */
async function openPlace(
  t: TestContext,
  parts: { readonly databaseUrl?: string; readonly fastio?: FastioSandbox; readonly roles?: readonly string[] } = {},
): Promise<Place> {
  const fastio = parts.fastio ?? (await openOrganization(t, { pageSize: 1 }));
  const databaseUrl = parts.databaseUrl ?? (await freshDatabaseUrl(t));
  const folder = await temporaryFolder(t);
  const dataDir = path.join(folder, 'data');
  const config = settings({ dataDir, databaseUrl, fastio }, { ...PATIENT, ...(parts.roles && { roles: parts.roles }) });
  return { fastio, databaseUrl, dataDir, start: async () => await spawnService(t, folder, config) };
}

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

test('kill -9 after the 2xx and before the first call loses nothing: whoever comes next takes the case up', async (t) => {
  const databaseUrl = await freshDatabaseUrl(t);
  const { fastio, start } = await openPlace(t, { databaseUrl });
  // A process that only takes deliveries, so that nobody has begun when it dies.
  const { start: startIntake } = await openPlace(t, { databaseUrl, fastio, roles: ['api'] });
  const leaver = addLeaver(fastio);
  const intake = await startIntake();
  await announce(leaver, intake.url);
  await intake.end('SIGKILL');
  assert.equal(fastio.requests.length, 0);
  const service = await start();
  await operatorOf(service.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
});

test('kill -9 while a delivery is being committed keeps nothing of it, and the delivery that is sent again makes one case', async (t) => {
  const { fastio, databaseUrl, start } = await openPlace(t);
  const leaver = addLeaver(fastio);
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  undo(t, async () => await db.end());
  await db.query('begin');
  await db.query('lock table signal in exclusive mode');
  const service = await start();
  const first = tellOf(leaver, service.url);
  await eventually('the delivery waits to be stored', async () => (await waitingFor(db)).length > 0);
  await service.end('SIGKILL');
  assert.notEqual(await first, 204);
  for (const pid of await waitingFor(db)) {
    await db.query('select pg_terminate_backend($1, 5000)', [pid]);
  }
  await db.query('commit');
  const { rows } = await db.query('select from signal union all select from offboarding_case');
  assert.equal(rows.length, 0);

  const next = await start();
  await announce(leaver, next.url);
  const { signals } = await operatorOf(next.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assert.equal(signals.length, 1);
  assertOutOnce(fastio, leaver);
});

test('kill -9 after a delivery is committed and before the 2xx keeps it: the delivery that is sent again is a duplicate of the one case', async (t) => {
  const { url: databaseUrl } = await openCluster(t);
  const { fastio, start } = await openPlace(t, { databaseUrl });
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  undo(t, async () => await db.end());
  const leaver = addLeaver(fastio);
  const service = await start();
  // With a standby that never comes, a commit is on the disk and its answer waits.
  await configure(db, `set synchronous_standby_names = 'nobody'`);
  const first = tellOf(leaver, service.url);
  await eventually('the delivery is committed, without an answer', async () => {
    const { rows } = await db.query(
      `select from pg_stat_activity join pg_locks using (pid)
       where wait_event = 'SyncRep' and relation = 'signal'::regclass and mode = 'RowExclusiveLock'`,
    );
    return rows.length > 0;
  });
  await service.end('SIGKILL');
  assert.notEqual(await first, 204);
  await configure(db, 'reset synchronous_standby_names');

  const next = await start();
  await announce(leaver, next.url);
  await operatorOf(next.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
  const { rows } = await db.query('select disposition from signal order by received_at');
  const [kept, ...again] = rows.map(({ disposition }) => disposition);
  assert.equal(kept, 'accepted');
  assert.deepEqual(new Set(again), new Set(['duplicate']));
});

async function configure(db: pg.Client, setting: string): Promise<void> {
  await db.query(`alter system ${setting}`);
  await db.query('select pg_reload_conf()');
}

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
