import type { Database, Tx } from '../database/database.ts';
import type { Notifications } from '../database/notifications.ts';
import { type Directory, isErased, type SuperiorsOf } from '../directory/directory.ts';
import type { Clock } from '../kernel/clock.ts';
import { LeaverError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { type Observe, unobserved } from '../kernel/observe.ts';
import type { Ledger, StoredEntry } from '../ledger/ledger.ts';
import type { Tell } from '../notifications/notifications.ts';
import type { Performer, Playbook, Target } from '../targets/target.ts';
import type { Instruction as InstructionName } from './case-event.ts';
import { createEngine } from './engine.ts';
import { followCase } from './follow.ts';
import { type OpenRequest, openOrJoin } from './open.ts';
import { type Opened, type OperatorRequest, openOnce } from './open-once.ts';
import { readOutages } from './outage-store.ts';
import { createOutageWatch } from './outages.ts';
import { type Overview, readOverview } from './overview-store.ts';
import type { Policy } from './policy.ts';
import { type PreviewView, preview } from './preview.ts';
import type { Queue } from './queue.ts';
import { type CaseFilter, type CasePage, listCases, readCase, readState } from './read.ts';
import { recheckPeople } from './recheck.ts';
import { contradictRecheck } from './recheck-store.ts';
import { type History, lockOpenCases, readHistories, readLeavingAccounts } from './store.ts';
import { createSuccession } from './succession.ts';
import type { CaseView } from './views.ts';
import { createWorker, type Worker, type WorkerNeeds } from './worker.ts';

export { eraseCases, lockOldCases, lockPeopleOf, type OldCase, removeCases, unfinishedOf } from './erase-store.ts';
export type { OpenRequest } from './open.ts';
export type { Policy } from './policy.ts';
export type { History } from './store.ts';

/** Who asks for something, and why: both are recorded. */
export interface Instruction {
  readonly by: string;
  readonly reason: string;
}

/** People being taken out: one case a person, worked through step by step. */
export interface Offboarding {
  /** See `openOrJoin`: the open case of each person, by person id. */
  openOrJoin(tx: Tx, requests: readonly OpenRequest[], histories?: ReadonlyMap<string, History>): Promise<Map<string, string>>;
  /** See `readHistories`: what there is of people's cases, by person id. Sent before it returns. */
  historiesOf(tx: Tx, personIds: readonly string[]): Promise<Map<string, History>>;
  /** The open case of a person, locked for the rest of the transaction; null when there is none. */
  openCaseOf(tx: Tx, personId: string): Promise<string | null>;
  /** Stops a case that is still open until somebody approves; false when it was over already. */
  hold(tx: Tx, caseId: string, by: string, reason: string): Promise<boolean>;
  /**
   * Keeps what speaks against the departure of somebody of whom it is still being looked up whether they are there again; the case that is over, or null
   * when nothing is looked up.
   */
  doubt(tx: Tx, personId: string, reason: string): Promise<string | null>;
  /** Who must confirm the departures that a connection tells of: the connection itself, or nobody. */
  confirmersOf(connection: string): readonly string[];
  /** See `openOnce`: opens or joins the case of whoever has the e-mail. */
  open(request: OperatorRequest): Promise<Opened>;
  preview(email: string, playbook: Playbook, signal: AbortSignal): Promise<PreviewView>;
  list(filter: CaseFilter): Promise<CasePage>;
  /** @throws LeaverError `not-found` */
  show(id: string): Promise<CaseView>;
  /** The case together with what links it to its person, who is null when they were erased, read within `tx`; null when there is none. */
  describe(tx: Tx, id: string): Promise<{ case: CaseView; person: { email: string; name: string | null; salt: string } | null } | null>;
  /** @throws LeaverError `not-found`, `conflict` when the state forbids it */
  instruct(id: string, kind: InstructionName, instruction: Instruction): Promise<CaseView>;
  /** See `followCase`: ends when the case is over or `signal` is aborted. */
  follow(id: string, afterId: number, signal: AbortSignal): AsyncGenerator<readonly StoredEntry[]>;
  /** The targets that are down, and since when, as the database has it. */
  outages(): Promise<ReadonlyMap<string, Date>>;
  /** How things stand over all cases, as the database has it. */
  overview(): Promise<Overview>;
  createWorker(session: Pick<WorkerNeeds, 'openSession' | 'beforeCall'>): Worker;
}

export interface OffboardingNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly directory: Directory;
  readonly queue: Queue;
  readonly notifications: Notifications;
  /** Tells operators what they should know. */
  readonly tell: Tell;
  readonly targets: ReadonlyMap<string, Target>;
  /** What asks the identity provider of a connection whether somebody has really left, by connection. */
  readonly confirmers: ReadonlyMap<string, Performer>;
  /** Who is above somebody; absent where no connection could say. */
  readonly superiorsOf?: SuperiorsOf;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: NewId;
  readonly random: () => number;
  readonly observe?: Observe;
}

/** The id of no case. */
const NO_CASE = '00000000-0000-0000-0000-000000000000';

export function createOffboarding(needs: OffboardingNeeds): Offboarding {
  const { db, directory, clock, log, queue, policy, newId, superiorsOf } = needs;
  const targets = [...needs.targets.values()];
  const asked = new Map<string, Performer>([...needs.targets, ...needs.confirmers]);
  const watch = createOutageWatch({ ...needs, targets: asked, stepRetry: policy.stepRetry });
  const engine = createEngine({ ...needs, targets, confirmers: [...needs.confirmers.values()], outages: watch.current });
  const successionFor = superiorsOf && createSuccession({ db, superiorsOf, stepRetry: policy.stepRetry });
  const openOrJoinIn: Offboarding['openOrJoin'] = async (tx, requests, histories) =>
    await openOrJoin({ ...needs, engine }, tx, requests, histories);
  const leavingAccounts = async (target: string): Promise<ReadonlySet<string>> => await readLeavingAccounts(db, target, NO_CASE);
  const show = async (id: string): Promise<CaseView> => {
    const found = await readCase(db, id);
    if (!found) {
      throw new LeaverError('not-found', `There is no case ${id}.`);
    }
    return found.view;
  };
  return {
    openOrJoin: openOrJoinIn,
    openCaseOf: async (tx, personId) => (await lockOpenCases(tx, [personId])).get(personId)?.id ?? null,
    hold: async (tx, caseId, by, reason) => (await engine.advanceIn(tx, caseId, { type: 'hold', by, reason }, null)).refused === null,
    doubt: contradictRecheck,
    historiesOf: readHistories,
    confirmersOf: (connection) => (needs.confirmers.has(connection) ? [connection] : []),
    open: async (request) => await openOnce({ db, directory, openOrJoin: openOrJoinIn }, request),
    preview: async (email, playbook, signal) =>
      await preview({ targets, policy, newId, leavingAccounts, successionFor }, email, playbook, signal),
    list: async (filter) => await listCases(db, filter),
    show,
    describe: async (tx, id) => {
      const found = await readCase(tx.sql, id);
      const person = found && !isErased(found) ? { ...found.view.person, email: found.openedFor, salt: found.salt } : null;
      return found && { case: found.view, person };
    },
    instruct: async (id, kind, { by, reason }) => {
      await show(id);
      const { refused } = await engine.advance(id, { type: kind, by, reason }, null);
      if (refused !== null) {
        throw new LeaverError('conflict', `Nothing was changed: ${refused}.`);
      }
      return await show(id);
    },
    follow: (id, afterId, signal) =>
      followCase(
        { ledger: needs.ledger, notifications: needs.notifications, stateOf: async (of) => await readState(db, of) },
        id,
        afterId,
        signal,
      ),
    outages: async () => new Map((await readOutages(db)).map(({ target, since }) => [target, since])),
    overview: async () => await readOverview(db),
    createWorker: (session) => {
      const recheck = async (signal: AbortSignal): Promise<void> =>
        await recheckPeople({ ...needs, targets, stepRetry: policy.stepRetry, openOrJoin: openOrJoinIn }, session.beforeCall, signal);
      const { observe = unobserved } = needs;
      return createWorker({ db, engine, queue, targets: asked, clock, log, watch, recheck, successionFor, observe, ...session });
    },
  };
}
