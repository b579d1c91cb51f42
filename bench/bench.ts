import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createOkta } from '../src/sandbox/okta.ts';
import { measureAnswers, percentile } from './answers.ts';
import { measureScript, measureService } from './containment.ts';
import { measureIntake } from './intake.ts';
import { embeddedUrl, HOOK_SECRET, openBench, residentMiB, type ServiceSettings, startService } from './processes.ts';
import { measureRecording } from './recording.ts';

const LATENCY_MS = 50;
const ROUNDS = 15;
const INTAKE_ROUNDS = 3;
const INTAKE_SECONDS = 4;
const SLOW_MS = 1_000;
const GOAL_MS = 50;

interface Row {
  readonly what: string;
  readonly leaver: string;
  readonly baseline: string;
  readonly ratio: number | null;
  readonly goal: string;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Median of the ratios of each pair: what drifts on the machine during the run hits both sides of a pair. */
function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, index) => value / (theirs[index] ?? Number.NaN)));
}

const bench = await openBench();
const rows: Row[] = [];
try {
  const only = ['--answers', '--recording'].find((option) => process.argv.includes(option));
  if (only === undefined) {
    await measureSpeed();
  }
  if (only !== '--answers') {
    await measureRecord();
  }
  if (only !== '--recording') {
    await measureUnderLoad();
  }
} finally {
  await bench.close();
}

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
} else {
  const table = [
    ['', 'Leaver', 'baseline', 'ratio', 'goal'],
    ...rows.map((row) => [row.what, row.leaver, row.baseline, row.ratio?.toFixed(2) ?? '', row.goal]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  process.stdout.write(
    `${table
      .map((line) =>
        line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')}\n`,
  );
}

async function measureSpeed(): Promise<void> {
  const sandbox = await bench.start('bench/sandbox.ts', { LATENCY_MS: String(LATENCY_MS), LEAVERS: String(4 * ROUNDS + 10) }, (line) =>
    line.startsWith('{'),
  );
  const target = JSON.parse(sandbox.line) as ServiceSettings['target'];

  const cold = await startService(bench, 'cold', { roles: ['api', 'worker'], target });
  await bench.stop(cold.child);
  const service = await startService(bench, 'service', { roles: ['api', 'worker'], target });
  await delay(3_000);
  const idle = await residentMiB(service.child.pid ?? 0);

  // Both sides keep their connections open.
  const okta = createOkta({ hookUrl: `${service.url}/intake/okta/okta/events`, secret: HOOK_SECRET });
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -3; round < ROUNDS; round += 1) {
    const leaver = 2 * (round + 3);
    const first = await measureService(service, okta, leaver);
    const second = await measureScript(target, leaver + 1);
    if (round >= 0) {
      ours.push(first);
      theirs.push(second);
    }
  }
  await okta.close();
  rows.push({
    what: `webhook to contained, target at ${LATENCY_MS} ms`,
    leaver: `${median(ours).toFixed(0)} ms`,
    baseline: `${median(theirs).toFixed(0)} ms (plain script)`,
    ratio: pairedRatio(ours, theirs),
    goal: '<= 0.75',
  });

  const databaseUrl = await embeddedUrl(bench);
  const api = await startService(bench, 'api', { roles: ['api'], databaseUrl, target });
  const bare = await bench.start('bench/bare-route.ts', { DATABASE_URL: databaseUrl }, (line) => line.startsWith('http'));
  // What the load opens is not to be worked off beside it: the worker is stopped, its database goes on below the owner's lock.
  process.kill(service.child.pid ?? 0, 'SIGSTOP');
  const intake: number[] = [];
  const inserts: number[] = [];
  for (let round = -1; round < INTAKE_ROUNDS; round += 1) {
    const first = await measureIntake(api.url, '/intake/okta/okta/events', round < 0 ? 2 : INTAKE_SECONDS);
    const second = await measureIntake(bare.line, '/events', round < 0 ? 2 : INTAKE_SECONDS);
    if (round >= 0) {
      intake.push(first);
      inserts.push(second);
    }
  }
  process.kill(service.child.pid ?? 0, 'SIGCONT');
  await bench.stop(api.child);
  await bench.stop(bare.child);
  rows.push({
    what: 'durable intake',
    leaver: `${median(intake).toFixed(0)}/s`,
    baseline: `${median(inserts).toFixed(0)}/s (bare route, one INSERT)`,
    ratio: pairedRatio(intake, inserts),
    goal: '>= 0.5',
  });
  rows.push({ what: 'from start to ready, new database', leaver: `${cold.readyMs.toFixed(0)} ms`, baseline: '', ratio: null, goal: '' });
  rows.push({ what: 'from start to ready, warm', leaver: `${service.readyMs.toFixed(0)} ms`, baseline: '', ratio: null, goal: '' });
  rows.push({ what: 'idle memory of the service', leaver: `${idle.toFixed(0)} MiB`, baseline: '', ratio: null, goal: '' });
  await bench.stop(service.child);
}

/** What it costs that every step is in the ledger. */
async function measureRecord(): Promise<void> {
  const { recorded, bare, crowdRecorded, crowdBare } = await measureRecording(bench.folder);
  rows.push({
    what: "the ledger's share of a step's own database time",
    leaver: `${median(recorded).toFixed(2)} ms a step`,
    baseline: `${median(bare).toFixed(2)} ms (without the ledger)`,
    ratio: 1 - 1 / pairedRatio(recorded, bare),
    goal: '< 0.15',
  });
  rows.push({
    what: 'steps of 60 cases at once',
    leaver: `${median(crowdRecorded).toFixed(0)}/s`,
    baseline: `${median(crowdBare).toFixed(0)}/s (without the ledger)`,
    ratio: pairedRatio(crowdRecorded, crowdBare),
    goal: '>= 0.8',
  });
}

/** What senders wait for while there is much to do. */
async function measureUnderLoad(): Promise<void> {
  const sandbox = await bench.start('bench/sandbox.ts', { LATENCY_MS: String(SLOW_MS), LEAVERS: '500', WORKSPACES: '20' }, (line) =>
    line.startsWith('{'),
  );
  const [load = Number.NaN] = os.loadavg();
  const { ours, bare, working } = await measureAnswers(bench, JSON.parse(sandbox.line) as ServiceSettings['target']);
  const cases = `${Math.min(...working)} to ${Math.max(...working)}`;
  for (const [name, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const) {
    const [leaver, baseline] = [percentile(ours, share), percentile(bare, share)];
    rows.push({
      what: `answer to a signal, ${name}, at 200/s while ${cases} cases are worked (load ${load.toFixed(1)} on ${os.availableParallelism()} cores)`,
      leaver: `${leaver.toFixed(1)} ms`,
      baseline: `${baseline.toFixed(1)} ms (bare route, one INSERT)`,
      ratio: leaver / baseline,
      goal: `<= ${GOAL_MS} ms, is ${(leaver / GOAL_MS).toFixed(2)} of it`,
    });
  }
}
