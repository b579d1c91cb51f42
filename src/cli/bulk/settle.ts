import { setTimeout as delay } from 'node:timers/promises';
import { type CaseAnswer, isAtRest } from '../answers.ts';
import { CommandError, EXIT } from '../exit.ts';
import { readCase } from '../follow.ts';
import { note } from '../output.ts';
import type { Service } from '../service.ts';
import { inLanes } from './lanes.ts';
import type { Leaver } from './leavers.ts';
import type { Reporter } from './report.ts';

const AT_ONCE = 4;
/** Between two looks at the same case, and as much longer as keeps many of them far below the service's limit of requests. */
const LOOK_EVERY_MS = 1_000;
const PER_CASE_MS = 50;
const PATIENCE_MS = 60_000;

/** Looks at the cases until nothing more happens by itself in any of them. A service that is away for less than a minute is waited for. */
export async function untilSettled(
  service: Service,
  cases: ReadonlyMap<Leaver, CaseAnswer>,
  reporter: Reporter,
): Promise<ReadonlyMap<Leaver, CaseAnswer>> {
  const latest = new Map(cases);
  const phase = reporter.phase('Taking out', cases.size);
  const settle = (leaver: Leaver, found: CaseAnswer): void => {
    latest.set(leaver, found);
    if (isAtRest(found.state)) {
      phase.tell(leaver, { event: 'settled', case: found });
    }
  };
  try {
    for (const [leaver, found] of cases) settle(leaver, found);
    const look = patiently(async () => {
      await inLanes(AT_ONCE, unsettled(latest), async ([leaver, { id }]) => settle(leaver, await readCase(service, id)));
    });
    while (unsettled(latest).length > 0) {
      await delay(Math.max(LOOK_EVERY_MS, PER_CASE_MS * unsettled(latest).length));
      await look();
    }
    return latest;
  } finally {
    phase.close();
  }
}

function unsettled(cases: ReadonlyMap<Leaver, CaseAnswer>): [Leaver, CaseAnswer][] {
  return [...cases].filter(([, { state }]) => !isAtRest(state));
}

function patiently(look: () => Promise<void>): () => Promise<void> {
  let awaySince: number | null = null;
  return async () => {
    try {
      await look();
      awaySince = null;
    } catch (error) {
      const isAway = error instanceof CommandError && error.exitCode === EXIT.unreachable;
      if (!isAway || (awaySince !== null && performance.now() - awaySince > PATIENCE_MS)) {
        throw error;
      }
      if (awaySince === null) {
        note('The connection to Leaver was lost; it is taken up again.');
        awaySince = performance.now();
      }
    }
  };
}
