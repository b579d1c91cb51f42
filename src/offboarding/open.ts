import type { Tx } from '../database/database.ts';
import type { MatchRule, Person } from '../directory/directory.ts';
import type { NewId } from '../kernel/ids.ts';
import { commitTo, type Ledger, type NewEntry } from '../ledger/ledger.ts';
import type { Tell } from '../notifications/notifications.ts';
import type { Playbook } from '../targets/target.ts';
import type { Case } from './case.ts';
import { isMore, joined } from './depart.ts';
import type { Engine } from './engine.ts';
import { type Policy, protectedBy } from './policy.ts';
import type { Queue } from './queue.ts';
import { insertRechecks, takeRechecks } from './recheck-store.ts';
import { beginAgain, type History, insertCases, lockOpenCases, type NewCase, type OverCase, readHistories, stateOf } from './store.ts';
import { heldFromTheStart } from './telling.ts';

export interface OpenRequest {
  readonly person: Person;
  /** By what the person was recognised; null where it was known who they are. */
  readonly rule?: MatchRule | null;
  readonly playbook: Playbook;
  /** Who asks: the name of the connection or of the operator's token. */
  readonly by: string;
  readonly reason: string | null;
  /** Something that speaks against the request; the case is held for a person. */
  readonly contradiction: string | null;
  /** When the person leaves, where that lies ahead; null is at once. */
  readonly startsAt: Date | null;
  /** Connections whose identity provider must confirm the departure before anything is hard to reverse. */
  readonly confirmBy: readonly string[];
  /** Opens a case in any case: an operator asks, or somebody has looked. A signal for a person whose case is over does not. */
  readonly insists: boolean;
  /** Where the work for a case that is opened belongs in a trace; null when nothing is traced. */
  readonly traceparent?: string | null;
}

export interface OpenNeeds {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly tell: Tell;
  readonly policy: Policy;
  readonly newId: NewId;
}

/**
 * The open case of each person, by person id: the one there is, or a new one. However many requests come for a person, at once and on how many
 * machines, there is one case; a request for `offboard` upgrades one that was opened for `contain`. Where a signal tells of somebody whose case is
 * completed, that case is the answer, and whether there is anything to do once more is looked up in the targets first.
 *
 * @param given what `readHistories` has found of the people since they were locked; it is read where it is not given
 */
export async function openOrJoin(
  needs: OpenNeeds,
  tx: Tx,
  requests: readonly OpenRequest[],
  given?: ReadonlyMap<string, History>,
): Promise<Map<string, string>> {
  const wanted = new Map<string, Wanted>();
  for (const request of requests) {
    wanted.set(request.person.id, merge(wanted.get(request.person.id), request));
  }
  if (wanted.size === 0) {
    return new Map();
  }
  const histories = given ?? (await readHistories(tx, knownAmong([...wanted.values()])));
  const { open, changing, over } = await findCases(tx, requests, histories);
  const missing = [...wanted.values()].filter(({ person }) => !open.has(person.id));
  const rechecked = askForRechecks(tx, missing, over);
  const opening = missing.filter(({ person }) => !rechecked.has(person.id));
  const made = openMissing(needs, tx, await absorbRechecks(tx, opening, over), over);
  await recordOpening(needs, tx, made, wanted);
  for (const [personId, subject] of [...changing].sort(([, a], [, b]) => (a.id < b.id ? -1 : 1))) {
    await joinInTurn(
      needs,
      tx,
      subject,
      requests.filter(({ person }) => person.id === personId),
    );
  }
  return new Map([
    ...[...open].map(([personId, { id }]) => [personId, id] as const),
    ...made.map(({ personId, id }) => [personId, id] as const),
    ...rechecked,
  ]);
}

interface FoundCases {
  readonly open: ReadonlyMap<string, Case>;
  /** Those of the open ones that a request changes. */
  readonly changing: ReadonlyMap<string, Case>;
  readonly over: ReadonlyMap<string, OverCase>;
}

/**
 * What there is of people already. Only cases that a request changes are locked: one that is being worked would make every signal wait that says what
 * the case knows already.
 */
async function findCases(tx: Tx, requests: readonly OpenRequest[], histories: ReadonlyMap<string, History>): Promise<FoundCases> {
  const seen = existing(histories, ({ open }) => open);
  const over = existing(histories, (history) => history.over);
  const asking = new Set(
    requests.flatMap((request) => {
      const subject = seen.get(request.person.id);
      return subject && changes(subject, request) ? [subject.personId] : [];
    }),
  );
  if (asking.size === 0) {
    return { open: seen, changing: new Map(), over };
  }
  const changing = await lockOpenCases(tx, [...asking]);
  // Whoever took the case back while its lock was waited for may have answered this very request: it is weighed anew, against what they did.
  if ([...asking].some((personId) => seen.get(personId)?.undo === null && changing.get(personId)?.undo !== null)) await beginAgain(tx);
  const closed = [...asking].filter((personId) => !changing.has(personId));
  const open = [...seen].filter(([personId]) => !asking.has(personId));
  // Those that were closed before their lock was granted are over since.
  const later = existing(await readHistories(tx, closed), (history) => history.over);
  return { open: new Map([...open, ...changing]), changing, over: new Map([...over, ...later]) };
}

function existing<Part>(histories: ReadonlyMap<string, History>, part: (history: History) => Part | null): Map<string, Part> {
  return new Map(
    [...histories].flatMap(([personId, history]) => {
      const found = part(history);
      return found === null ? [] : [[personId, found] as const];
    }),
  );
}

function changes(subject: Case, request: OpenRequest): boolean {
  const { contradiction } = request;
  return subject.undo !== null || (contradiction !== null && !subject.hold?.includes(contradiction)) || isMore(subject, request);
}

/** All that is asked for one person. */
type Wanted = OpenRequest & Pick<Case, 'handOverAt'>;

function merge(a: Wanted | undefined, b: OpenRequest): Wanted {
  if (!a) {
    return { ...b, handOverAt: null };
  }
  const base = a.playbook === 'offboard' ? a : b;
  return { ...base, ...joined(a, b), contradiction: a.contradiction ?? b.contradiction, insists: a.insists || b.insists };
}

/** Somebody whom this transaction has made has no case yet. */
function knownAmong(requests: readonly Wanted[]): string[] {
  return requests.flatMap(({ person }) => (person.isNew ? [] : [person.id]));
}

/** The completed cases of those who are looked up before anything is opened, by person. */
function askForRechecks(tx: Tx, requests: readonly Wanted[], over: ReadonlyMap<string, OverCase>): Map<string, string> {
  const asked = requests.flatMap((request) => {
    const last = over.get(request.person.id);
    return last && isForRecheck(request, last) ? [{ ...request, personId: request.person.id, caseId: last.id, at: null }] : [];
  });
  insertRechecks(tx, asked);
  return new Map(asked.map(({ personId, caseId }) => [personId, caseId]));
}

/** A case that is opened takes over what was still being looked up for its person: nobody is to come back to it later. */
async function absorbRechecks(tx: Tx, requests: readonly Wanted[], over: ReadonlyMap<string, OverCase>): Promise<readonly Wanted[]> {
  // Nobody is looked up again of whom no case is over.
  const absorbed = await takeRechecks(
    tx,
    [...over.keys()].filter((personId) => requests.some(({ person }) => person.id === personId)),
  );
  return requests.map((request) => {
    const recheck = absorbed.get(request.person.id);
    return recheck
      ? {
          ...request,
          contradiction: request.contradiction ?? recheck.contradiction,
          confirmBy: [...new Set([...request.confirmBy, ...recheck.confirmBy])],
        }
      : request;
  });
}

/** Somebody who was only locked out before and is to be taken out now has a case of their own, whatever the targets show. */
function isForRecheck({ insists, contradiction, startsAt, playbook }: Wanted, last: OverCase): boolean {
  const didAsMuch = last.state === 'completed' && (last.playbook === 'offboard' || playbook === 'contain');
  return didAsMuch && !insists && contradiction === null && startsAt === null;
}

function openMissing(
  { policy, newId }: OpenNeeds,
  tx: Tx,
  requests: readonly Wanted[],
  over: ReadonlyMap<string, OverCase>,
): readonly NewCase[] {
  const cases = [...requests]
    .sort((a, b) => (a.person.id < b.person.id ? -1 : 1))
    .map((request) => ({
      id: newId(),
      personId: request.person.id,
      email: request.person.email,
      playbook: request.playbook,
      hold: holdOf(request, policy),
      startsAt: request.startsAt,
      handOverAt: request.handOverAt,
      confirmBy: request.confirmBy,
      openedBy: request.by,
      openedReason: request.reason,
      traceparent: request.traceparent ?? null,
      follows: removedBefore(over.get(request.person.id)),
    }));
  insertCases(tx, cases);
  return cases;
}

function removedBefore(last: OverCase | undefined): string | null {
  return last?.state === 'completed' && last.playbook === 'offboard' ? last.id : null;
}

function holdOf({ person, contradiction }: Wanted, policy: Policy): string | null {
  // Somebody who was renamed, or has an alias, is protected by any of their addresses.
  const pattern =
    [person.email, ...person.aliases].map((email) => protectedBy(email, policy.protected)).find((one) => one !== null) ?? null;
  const protection =
    pattern === null ? null : `${person.email} is protected (policy.protected: ${pattern}); nothing is done until somebody approves`;
  const reasons = [protection, contradiction].filter((one) => one !== null);
  return reasons.length === 0 ? null : reasons.join('; also: ');
}

async function recordOpening(
  { ledger, queue, tell }: OpenNeeds,
  tx: Tx,
  made: readonly NewCase[],
  wanted: ReadonlyMap<string, Wanted>,
): Promise<void> {
  const entries: NewEntry[] = made.flatMap((one) => {
    const { person, rule = null } = wanted.get(one.personId) ?? {};
    const { playbook, openedBy: by, openedReason: reason, hold, follows } = one;
    const startsAt = one.startsAt?.toISOString() ?? null;
    const data = { rule, playbook, by, reason, state: stateOf(one, tx.now), held: hold !== null, hold, follows, startsAt };
    return person ? [{ kind: 'case.opened', caseId: one.id, data: { person: commitTo(person.salt, person.email), ...data } }] : [];
  });
  const wakeUps = made.map(({ id, playbook }) => ({ caseId: id, lane: 'contain' as const, urgent: playbook === 'contain' }));
  ledger.append(tx, entries);
  tell(
    tx,
    made.flatMap((one) => heldFromTheStart(one, { email: one.email, name: wanted.get(one.personId)?.person.name ?? null })),
  );
  await queue.wake(tx, wakeUps);
}

/** One after the other, as if each had come in a transaction of its own: which of them share one is chance. */
async function joinInTurn(needs: OpenNeeds, tx: Tx, subject: Case, requests: readonly OpenRequest[]): Promise<void> {
  for (const [index, request] of requests.entries()) {
    const present = index === 0 ? subject : (await lockOpenCases(tx, [subject.personId])).get(subject.personId);
    if (present) {
      await joinCase(needs, tx, present, request);
    }
  }
}

/** What a request means for a case that was open already. */
async function joinCase({ engine }: OpenNeeds, tx: Tx, subject: Case, request: OpenRequest): Promise<void> {
  const { by, playbook, startsAt, confirmBy, contradiction, reason } = request;
  if (contradiction !== null && !subject.hold?.includes(contradiction)) {
    await engine.advanceIn(tx, subject.id, { type: 'hold', by, reason: contradiction }, null);
  }
  if (subject.undo !== null && startsAt !== null) {
    // The way back goes on, and whether there is anything to do is looked up when the time has come.
    insertRechecks(tx, [{ personId: subject.personId, caseId: subject.id, playbook, by, reason, confirmBy, at: startsAt }]);
  } else if (subject.undo === null ? isMore(subject, request) : contradiction === null) {
    await engine.advanceIn(tx, subject.id, { type: 'depart', by, playbook, startsAt, confirmBy }, null);
  }
}
