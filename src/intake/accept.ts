import type { Database, Opening, Tx } from '../database/database.ts';
import type { EntryRow, Found, Query } from '../directory/directory.ts';
import type { History, OpenRequest } from '../offboarding/offboarding.ts';
import type { AcceptNeeds, Draft } from './draft.ts';
import { holdContradicted, holdDoubted } from './hold.ts';
import { recordSignals } from './record.ts';
import { recycleAddresses } from './recycle.ts';
import type { Disposition, Signal } from './signal.ts';
import { type EventRow, eventKey, knownEvents, readGone, readReturns } from './store.ts';

/** What is asked before signals are taken in: which of the events are known, and everybody whom they could mean. */
export function lookUp(
  { directory }: Pick<AcceptNeeds, 'directory'>,
  db: Database,
  signals: readonly Signal[],
): Opening<EventRow, EntryRow> {
  return [knownEvents(db, signals), directory.candidates(db, signals.flatMap(queryOf))];
}

/**
 * Takes signals in, all within one transaction: each is stored or known, its person found or made, the case opened, joined or held, and all of it
 * recorded. The answer has the disposition of each, in the order of the signals; an introduction that says nothing more is `ignored`, and not stored.
 *
 * Senders wait for it, so it asks as little as it can, and what does not depend on each other at once.
 *
 * @param events and `candidates`: the answers to `lookUp`
 */
export async function acceptSignals(
  needs: AcceptNeeds,
  tx: Tx,
  signals: readonly Signal[],
  events: readonly EventRow[],
  candidates: readonly EntryRow[],
): Promise<Disposition[]> {
  const drafts = signals.map((signal) => draft(needs.newId(), signal));
  markDuplicates(drafts, events);
  const isRecycled = await recycle(needs, tx, drafts);
  const known = isRecycled ? await tx.ask(lookUp(needs, tx.sql, signals)[1]) : candidates;
  const pasts = await findPeople(needs, tx, drafts.filter(isFresh), known);
  const telling = drafts.filter((one) => saysSomething(one, pasts));
  await openCases(needs, tx, telling.filter(isFresh), pasts);
  await holdContradicted(needs, tx, telling.filter(isFresh));
  await holdDoubted(needs, tx, telling);
  if (telling.length > 0) {
    recordSignals(needs, tx, telling);
  }
  const told = new Set(telling);
  return drafts.map((one) => (told.has(one) ? one.disposition : 'ignored'));
}

function draft(id: string, signal: Signal): Draft {
  const base = { id, signal, person: null, rule: null, doubt: null, owner: null, caseId: null, reason: signal.note };
  return { ...base, disposition: firstDispositionOf(signal) };
}

function firstDispositionOf({ isRefused, meaning, subject, introduces = false }: Signal): Disposition {
  if (isRefused) {
    return 'refused';
  }
  return meaning === 'ignore' && !introduces ? 'ignored' : subject === null ? 'unresolved' : 'accepted';
}

function isFresh({ disposition }: Draft): boolean {
  return disposition === 'accepted';
}

function markDuplicates(drafts: readonly Draft[], events: readonly EventRow[]): void {
  const known = new Set(events.map(eventKey));
  for (const one of drafts) {
    const key = eventKey(one.signal);
    if (known.has(key)) {
      one.disposition = 'duplicate';
      one.reason = 'this event was received before';
    }
    known.add(key);
  }
}

/** Before anybody is looked for: where one batch says both, an address that has passed to somebody else tells nobody already. Whether there was any. */
async function recycle(needs: AcceptNeeds, tx: Tx, drafts: readonly Draft[]): Promise<boolean> {
  const told = drafts.filter(({ disposition, signal }) => disposition === 'unresolved' && signal.recycled !== undefined);
  const held = await recycleAddresses(
    needs,
    tx,
    told.map(({ signal }) => signal),
  );
  for (const one of told) {
    one.caseId = held.get(one.signal) ?? null;
  }
  return told.length > 0;
}

/** What is known of people who were known before this transaction, by person. */
interface Pasts {
  readonly histories: ReadonlyMap<string, History>;
  /** When they were last said to be back. */
  readonly returns: ReadonlyMap<string, Date>;
  /** Of those who are introduced: whether the last word of the connection about them was that they leave. */
  readonly gone: ReadonlySet<string>;
}

/** Finds whom the signals mean. Their pasts are read behind the lock on them, in the same breath. */
async function findPeople(
  { directory, offboarding }: AcceptNeeds,
  tx: Tx,
  drafts: readonly Draft[],
  candidates: readonly EntryRow[],
): Promise<Pasts> {
  const asked = drafts.flatMap((one) => queryOf(one.signal).map((query) => ({ one, query })));
  const { known, found } = directory.recognise(
    tx,
    asked.map(({ query }) => query),
    candidates,
  );
  const introducing = asked.find(({ one }) => one.signal.introduces)?.one.signal.connection;
  const [people, histories, returns, gone] = await Promise.all([
    found,
    offboarding.historiesOf(tx, known),
    readReturns(tx, known),
    introducing === undefined ? new Set<string>() : readGone(tx, known, introducing),
  ]);
  for (const [index, { one }] of asked.entries()) {
    assign(one, people[index]);
  }
  return { histories, returns, gone };
}

function queryOf({ connection, subject, formerly = null, introduces = false, occurredAt }: Signal): Query[] {
  return subject ? [{ connection, subject, formerly, isNewcomer: introduces && formerly === null, at: occurredAt }] : [];
}

/** Whoever is only introduced is known now, and nothing is to be stored: unless that is a return, or nobody can tell who they are. */
function saysSomething({ signal, person, disposition }: Draft, { histories, gone }: Pasts): boolean {
  if (
    !signal.introduces ||
    disposition !== 'accepted' ||
    person === null ||
    signal.meaning === 'offboard' ||
    signal.meaning === 'contain'
  ) {
    return true;
  }
  const hasLeft = histories.get(person.id)?.open != null || gone.has(person.id);
  return signal.meaning === 'back' && !person.isNew && hasLeft;
}

function assign(one: Draft, found: Found | undefined): void {
  if (found?.kind === 'person') {
    one.person = found.person;
    one.rule = found.rule;
  } else {
    one.disposition = 'unresolved';
    one.doubt = found?.doubt ?? null;
    one.owner = found?.owner ?? null;
    one.reason = found?.reason ?? null;
  }
}

async function openCases({ offboarding }: AcceptNeeds, tx: Tx, drafts: readonly Draft[], { histories, returns }: Pasts): Promise<void> {
  const leaving = drafts.filter(({ signal }) => signal.meaning === 'offboard' || signal.meaning === 'contain');
  const requests: OpenRequest[] = [];
  for (const one of leaving) {
    const { person, signal } = one;
    if (person && (signal.meaning === 'offboard' || signal.meaning === 'contain')) {
      const contradiction = contradictionOf(signal, returns.get(person.id), histories.get(person.id)?.takenBackAt ?? undefined);
      one.disposition = contradiction === null ? 'accepted' : 'contradicted';
      one.reason = contradiction;
      const { connection: by, kind: reason, meaning: playbook, traceparent = null } = signal;
      const startsAt = startOf(signal, tx.now);
      const confirmBy = offboarding.confirmersOf(by);
      requests.push({ person, rule: one.rule, playbook, by, reason, contradiction, startsAt, confirmBy, insists: false, traceparent });
    }
  }
  const cases = await offboarding.openOrJoin(tx, requests, histories);
  for (const one of leaving) {
    one.caseId = cases.get(one.person?.id ?? '') ?? null;
  }
}

/** A departure that is over, or that names no moment, begins now. */
function startOf({ effectiveAt = null }: Signal, now: Date): Date | null {
  return effectiveAt !== null && effectiveAt > now ? effectiveAt : null;
}

/** Events come in any order: somebody who was back after the moment this signal tells of is not a leaver without a person's word. */
function contradictionOf(signal: Signal, returnedAt: Date | undefined, takenBackAt: Date | undefined): string | null {
  if (signal.occurredAt && takenBackAt && signal.occurredAt <= takenBackAt) {
    return `${signal.kind} of ${signal.occurredAt.toISOString()} tells of a departure from before an operator took the case back, at ${takenBackAt.toISOString()}; approve to go on`;
  }
  if (!returnedAt || !signal.occurredAt || returnedAt <= signal.occurredAt) {
    return null;
  }
  return `${signal.kind} of ${signal.occurredAt.toISOString()} came after the message that the person was back at ${returnedAt.toISOString()}; approve to go on`;
}
