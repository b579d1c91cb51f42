import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '../../src/database/database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { createLedger, type Entry } from '../../src/ledger/ledger.ts';
import type { FastioSandbox } from '../../src/sandbox/fastio/fastio.ts';
import { assertSoundTree, readPlaces } from '../ledger/support/ledger.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type ServiceProcess, spawnService } from '../support/process.ts';
import { operatorOf, settings, temporaryFolder } from '../support/service.ts';
import { sized } from '../support/sweep.ts';
import { undo } from '../support/undo.ts';
import { addLeaver, type Leaver, openOrganization, tellOf } from './support/leavers.ts';
import { assertEpochs, assertOutOnce, provenEntries } from './support/proof.ts';

const { people, seconds } = sized({ short: { people: 40, seconds: 12 }, long: { people: 200, seconds: 60 } });
/** A process that was just killed is on its way back before the other one is killed. */
const BETWEEN_KILLS_MS = 2_500;
/** So slow that every kill finds many cases in the middle of something. */
const LATENCY_MS = 80;
const PATIENCE_MS = 120_000;
/** While so many come and go, lists change while they are read, and are read again; nobody has to give up before it is calm. */
const POLICY = { policy: { stepRetry: { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 600_000 } } };
/** Bundles that are fetched and verified; that the whole chain is sound, and what it says of each case, is checked for all. */
const BUNDLES = 10;
const LOG = createLog({ level: 'silent' });

/** Two processes on one database, either of which may be dead at the moment. */
interface Pair {
  readonly processes: ServiceProcess[];
  /** Kills the process at this place and starts it anew. */
  replace(place: number): Promise<void>;
}

async function openPair(t: TestContext, config: (dataDir: string) => Record<string, unknown>): Promise<Pair> {
  const start = async (): Promise<ServiceProcess> => {
    const folder = await temporaryFolder(t);
    return await spawnService(t, folder, config(path.join(folder, 'data')));
  };
  const processes = await Promise.all([start(), start()]);
  return {
    processes,
    replace: async (place) => {
      await processes[place]?.end('SIGKILL');
      processes[place] = await start();
    },
  };
}

/** As an identity provider does: what was not answered with a 2xx is sent again, to whichever process answers. */
async function tellSomebody(leaver: Leaver, { processes }: Pair): Promise<void> {
  await eventually(`somebody takes in that ${leaver.email} left`, async () => {
    for (const { url } of processes) {
      if ((await tellOf(leaver, url)) === 204) {
        return true;
      }
    }
    return false;
  });
}

/** People leave one after the other for as long as it is killed. */
async function leaveInTurn(fastio: FastioSandbox, pair: Pair): Promise<Leaver[]> {
  const told: Promise<Leaver>[] = [];
  for (let count = 0; count < people; count += 1) {
    const leaver = addLeaver(fastio);
    told.push(tellSomebody(leaver, pair).then(() => leaver));
    await delay((seconds * 1_000) / people);
  }
  return await Promise.all(told);
}

async function killInTurn(pair: Pair): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let kills = 0;
  while (performance.now() < until) {
    await Promise.all([delay(BETWEEN_KILLS_MS), pair.replace(kills % 2)]);
    kills += 1;
  }
  return kills;
}

/** What the ledger has of each case, after its whole tree was found to be sound. */
async function soundEntries(db: Database): Promise<Map<string, Entry[]>> {
  await createLedger({ db, clock: systemClock, log: LOG }).seal();
  await assertSoundTree(db);
  const rows = await readPlaces(db);
  const { count } = await db
    .selectFrom('ledger_entry')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(rows.length, Number(count), 'everything that was recorded has its place');
  return Map.groupBy(
    rows.map(({ body }) => JSON.parse(body) as Entry),
    ({ caseId }) => caseId ?? '',
  );
}

test('one of two workers is killed every few seconds while people leave: all are out, each effect once, no epoch violated, and the ledger verifies', async (t) => {
  const fastio = await openOrganization(t, { latencyMs: LATENCY_MS });
  const databaseUrl = await freshDatabaseUrl(t);
  const pair = await openPair(t, (dataDir) => settings({ dataDir, databaseUrl, fastio }, POLICY));

  const [kills, leavers] = await Promise.all([killInTurn(pair), leaveInTurn(fastio, pair)]);

  const operator = operatorOf(pair.processes[0]?.url ?? '');
  const caseIds: string[] = [];
  for (const leaver of leavers) {
    caseIds.push((await operator.untilState(leaver.email, 'completed', PATIENCE_MS)).id);
    assertOutOnce(fastio, leaver);
  }
  assert.deepEqual(fastio.violations, []);

  const db = openDatabase({ url: databaseUrl, log: LOG, maxConnections: 1 });
  undo(t, async () => await db.destroy());
  const entries = await soundEntries(db);
  for (const caseId of caseIds) {
    assertEpochs(entries.get(caseId) ?? []);
  }
  for (const caseId of caseIds.slice(-BUNDLES)) {
    await provenEntries(operator, caseId);
  }
  const orphaned = [...entries.values()].flat().filter(({ data }) => data['reason'] === 'its worker is gone').length;
  t.diagnostic(`${people} people, ${kills} kills in ${seconds} seconds, after which ${orphaned} steps were taken over`);
  assert.ok(orphaned > kills, `the kills struck in the middle: ${kills} kills, ${orphaned} steps were taken over`);
});
