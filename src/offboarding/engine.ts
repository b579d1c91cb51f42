import { type Database, inTransactionWith, type Tx } from '../database/database.ts';
import { LeaverError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { type Observe, unobserved } from '../kernel/observe.ts';
import { type OpenSpan, openSpan } from '../kernel/trace.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Tell } from '../notifications/notifications.ts';
import { type Case, isFinal, type Step } from './case.ts';
import type { Lane } from './decide.ts';
import type { Plannable } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Queue, WakeUp } from './queue.ts';
import { insertSteps, updateSteps } from './step-store.ts';
import { type LockedCase, lockCase, type PersonName, toLocked, updateCase } from './store.ts';
import { worthTelling } from './telling.ts';
import { type Capacity, type CaseEvent, type Outages, type Transition, transition } from './transition.ts';

/** A step that the asking worker now owns until it reports, with what it needs to run it. */
export interface Claim {
  readonly caseId: string;
  readonly step: Step;
  readonly steps: readonly Step[];
  readonly person: PersonName;
  /** Where the attempt belongs in a trace; null when nothing is traced. */
  readonly traceparent: string | null;
}

export interface Advance {
  readonly claims: readonly Claim[];
  /** Why the event changed nothing; null when it did what it says. */
  readonly refused: string | null;
}

/** Applies events to cases, one transaction each: the state, its ledger entries and the wake-ups it asks for are committed together. */
export interface Engine {
  /** @throws LeaverError `not-found` */
  advance(caseId: string, event: CaseEvent, capacity: Capacity | null): Promise<Advance>;
  /** The same within a transaction of the caller, who must lock cases in the order of their ids. */
  advanceIn(tx: Tx, caseId: string, event: CaseEvent, capacity: Capacity | null): Promise<Advance>;
}

export interface EngineNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly targets: readonly Plannable[];
  readonly confirmers: readonly Plannable[];
  readonly policy: Policy;
  readonly newId: NewId;
  readonly random: () => number;
  readonly log: Log;
  readonly observe?: Observe;
  /** Tells operators what they should know. */
  readonly tell: Tell;
  /** The targets that are down, as far as this process knows. */
  readonly outages: () => Outages;
}

export function createEngine(needs: EngineNeeds): Engine {
  const applyTo = async (
    tx: Tx,
    found: LockedCase | null,
    caseId: string,
    event: CaseEvent,
    capacity: Capacity | null,
    traceparent: string | null = null,
  ): Promise<Advance> => {
    if (!found) {
      throw new LeaverError('not-found', `There is no case ${caseId}.`);
    }
    const { targets, confirmers, policy, newId, random } = needs;
    const change = transition(found.snapshot, event, {
      now: tx.now,
      targets,
      confirmers,
      policy,
      newId,
      random,
      capacity,
      outages: needs.outages(),
    });
    if (change.refused === null) {
      needs.tell(tx, worthTelling(change, found.person));
      await save(needs, tx, found.snapshot.case.lookAgainAt, change);
    }
    const steps = change.after.steps;
    const { person } = found;
    return { refused: change.refused, claims: change.claimed.map((step) => ({ caseId, step, steps, person, traceparent })) };
  };
  return {
    advance: async (caseId, event, capacity) => {
      // Where it belongs is known when the case is read, once for each time that the transaction is run, and it ends with the commit.
      const spans: OpenSpan[] = [];
      try {
        return await inTransactionWith(needs.db, lockCase(needs.db, caseId, capacity?.workerId ?? null), async (tx, row, steps) => {
          const found = toLocked(row, steps);
          const span = openSpan(`case ${event.type}`, { parent: found?.traceparent ?? null, attributes: { 'leaver.case': caseId } });
          spans.push(span);
          return await span.within(async () => await applyTo(tx, found, caseId, event, capacity, span.traceparent));
        });
      } finally {
        for (const span of spans) {
          span.end();
        }
      }
    },
    advanceIn: async (tx, caseId, event, capacity) => {
      const [row, steps] = lockCase(tx.sql, caseId, capacity?.workerId ?? null);
      const found = toLocked(...(await Promise.all([tx.ask(row), tx.ask(steps)])));
      return await applyTo(tx, found, caseId, event, capacity);
    },
  };
}

async function save(
  { ledger, queue, log, observe = unobserved }: EngineNeeds,
  tx: Tx,
  lookedAgainAt: Date | null,
  { after, before, touched, entries, wake }: Transition,
): Promise<void> {
  const epochs = new Map(before.steps.map((step) => [step.id, step.epoch]));
  const added = touched.filter((step) => !epochs.has(step.id));
  const changed = touched.flatMap((step) => {
    const seenEpoch = epochs.get(step.id);
    return seenEpoch === undefined ? [] : [{ step, seenEpoch }];
  });
  updateCase(tx, after.case);
  insertSteps(tx, after.case.id, added);
  updateSteps(tx, changed);
  ledger.append(tx, entries);
  tx.afterCommit(() => {
    alertOf(log, before.case, after.case);
    measure(observe, before.case, after.case, tx.now);
  });
  await queue.wake(tx, wakeUps(after.case, wake, lookedAgainAt));
}

/** A person is needed: said once for each time, without the person's name. */
function alertOf(log: Log, before: Case, { id, state }: Case): void {
  if (state !== before.state && state === 'attention') {
    log.error({ caseId: id, alert: 'case-attention' }, `a case needs a person; \`leaver show ${id}\` says why, and what to do`);
  }
  if (state !== before.state && state === 'held') {
    log.warn({ caseId: id, alert: 'case-held' }, `a case waits for approval; \`leaver show ${id}\` says why`);
  }
}

/** Measured from the moment at which the person was to leave, where the case was opened before. */
function measure(observe: Observe, before: Case, { playbook, state, openedAt, startsAt, containedAt }: Case, now: Date): void {
  const beganAt = Math.max(openedAt.getTime(), startsAt?.getTime() ?? 0);
  const secondsUntil = (end: Date): number => Math.max(0, (end.getTime() - beganAt) / 1_000);
  if (before.containedAt === null && containedAt !== null) {
    observe({ kind: 'case-contained', playbook, seconds: secondsUntil(containedAt) });
  }
  if (isFinal(state) && !isFinal(before.state)) {
    observe({ kind: 'case-ended', playbook, state, seconds: secondsUntil(now) });
  }
}

function wakeUps({ id: caseId, playbook, containedAt, lookAgainAt: at }: Case, wake: ReadonlySet<Lane>, before: Date | null): WakeUp[] {
  const urgent = playbook === 'contain';
  const now = [...wake].map((lane) => ({ caseId, lane, urgent }));
  const isNew = at !== null && wake.size === 0 && at.getTime() !== before?.getTime();
  return isNew ? [...now, { caseId, lane: containedAt === null ? 'contain' : 'bulk', at, urgent }] : now;
}
