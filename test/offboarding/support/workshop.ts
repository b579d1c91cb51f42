import type { Database } from '../../../src/database/database.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import type { Engine } from '../../../src/offboarding/engine.ts';
import { createFence, FENCE_TTL_MS, type Fence } from '../../../src/offboarding/fence.ts';
import { createOutageWatch } from '../../../src/offboarding/outages.ts';
import type { Plannable } from '../../../src/offboarding/plan.ts';
import { createWorker, type Worker } from '../../../src/offboarding/worker.ts';
import { openWorkerSession, type WorkerSession } from '../../../src/offboarding/worker-session.ts';
import type { ActionContext, ActionResult, Target } from '../../../src/targets/target.ts';
import { openQueue, SILENT, type Stage, TELLS_NOBODY } from './stage.ts';

export type Perform = (action: string, context: ActionContext) => Promise<ActionResult>;

/** Pauses that a test would have to wait for are short; everything else is as it is. */
export const HASTY: Clock = { ...systemClock, sleep: async (ms, signal) => await systemClock.sleep(Math.min(ms, 100), signal) };

const OFFERS = { support: 'yes' } as const;

/** A target that does what the test says. */
export function scripted({ id, actions }: Plannable, perform: Perform): Target {
  return {
    id,
    kind: 'scripted',
    capabilities: {
      suspend: OFFERS,
      sessions: OFFERS,
      tokens: OFFERS,
      webhooks: OFFERS,
      ownership: OFFERS,
      membership: OFFERS,
      audit: OFFERS,
    },
    actions,
    perform,
    probe: async () => ({ reachable: true, detail: 'scripted' }),
    close: async () => undefined,
  };
}

export const VERIFIED: Extract<ActionResult, { readonly kind: 'done' }> = { kind: 'done', outcome: 'verified' };

export interface Workshop {
  readonly worker: Worker;
  readonly fence: Fence;
  /** The sessions that were opened, the present one last. */
  readonly sessions: readonly WorkerSession[];
}

/** A worker with a session and a queue of its own on the stage's database, started. It is stopped with the test. */
export async function openWorkshop(
  stage: Stage,
  targets: readonly Target[],
  parts: { engine?: Engine; db?: Database; clock?: Clock } = {},
): Promise<Workshop> {
  const { url, closers } = stage;
  const { db = stage.db, clock = HASTY } = parts;
  const queue = await openQueue(stage, true);
  const fence = createFence(systemClock, FENCE_TTL_MS);
  const sessions: WorkerSession[] = [];
  const byId = new Map(targets.map((target) => [target.id, target]));
  const watch = createOutageWatch({ db, queue, targets: byId, stepRetry: stage.policy.stepRetry, tell: TELLS_NOBODY, log: SILENT });
  const worker = createWorker({
    db,
    engine: parts.engine ?? stage.engineWith({ queue, targets, outages: watch.current }),
    queue,
    targets: byId,
    watch,
    recheck: async () => undefined,
    clock,
    log: SILENT,
    beforeCall: () => fence.check(),
    openSession: async (onLost) => {
      const session = await openWorkerSession({ url, db, clock: HASTY, newId, log: SILENT, fence, onLost });
      sessions.push(session);
      return session;
    },
  });
  closers.push(async () => await worker.stop(0));
  await worker.start();
  return { worker, fence, sessions };
}
