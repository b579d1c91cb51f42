import type { Database, Opening, Tx } from '../database/database.ts';
import type { Directory, Doubt, EntryRow, Found, MatchRule, Person, Query } from '../directory/directory.ts';
import type { NewId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Observe, unobserved } from '../kernel/observe.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { History, Offboarding, OpenRequest } from '../offboarding/offboarding.ts';
import { holdForAddress, recycleAddresses } from './recycle.ts';
import { type Disposition, LEAST_ID, type Signal } from './signal.ts';
import { type EventRow, eventKey, insertSignals, type JudgedSignal, knownEvents, readDepartures, readGone, readReturns } from './store.ts';

export interface AcceptNeeds {
  readonly directory: Directory;
  readonly offboarding: Offboarding;
  readonly ledger: Ledger;
  readonly newId: NewId;
  readonly observe?: Observe;
}

/** A signal on its way: who it means, and what is decided so far. */
interface Draft {
  readonly id: string;
  readonly signal: Signal;
  person: Person | null;
  /** By what the person was recognised, or why nobody was; null while nobody was looked for. */
  rule: MatchRule | null;
  doubt: Doubt | null;
  /** Whose the address of the message is, where it may have passed to whomever it names; by id. */
  owner: string | null;
  disposition: Disposition;
  reason: string | null;
  caseId: string | null;
}

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
    store(needs, tx, telling);
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

async function holdContradicted({ offboarding }: AcceptNeeds, tx: Tx, drafts: readonly Draft[]): Promise<void> {
  const returning = drafts.filter(({ signal }) => signal.meaning === 'back');
  const departures = await latestDepartures(tx, returning, drafts);
  for (const one of returning) {
    const person = one.person;
    const open = person ? await offboarding.openCaseOf(tx, person.id) : null;
    const leftAt = departures.get(person?.id ?? '');
    const isOld = one.signal.occurredAt !== null && leftAt !== undefined && one.signal.occurredAt < leftAt;
    const contradicted = person && !isOld ? await contradict(offboarding, tx, person, open, one.signal) : null;
    one.caseId = contradicted ?? open;
    one.disposition = contradicted === null ? 'ignored' : 'contradicted';
    one.reason = reasonOfReturn(open !== null, contradicted !== null, isOld);
  }
}

/** Only after cases were opened: one delivery may tell of the departure and of the newcomer. */
async function holdDoubted({ offboarding }: AcceptNeeds, tx: Tx, drafts: readonly Draft[]): Promise<void> {
  const doubted = drafts.flatMap((one) => (one.owner === null ? [] : [{ one, owner: one.owner }]));
  // In one order, so that two transactions with the same owners do not wait for each other crosswise.
  for (const { one, owner } of doubted.sort((a, b) => (a.owner < b.owner ? -1 : 1))) {
    one.caseId = await holdForAddress(offboarding, tx, owner, one.signal.connection);
  }
}

/** The case that is held for it, or will be should one be opened; null when there is nothing to hold. */
async function contradict(offboarding: Offboarding, tx: Tx, person: Person, open: string | null, signal: Signal): Promise<string | null> {
  if (open === null) {
    return await offboarding.doubt(tx, person.id, holdReason(signal));
  }
  // A case that is being taken back cannot be held; what is to be looked up once it is over can be doubted.
  const isHeld = await offboarding.hold(tx, open, signal.connection, holdReason(signal));
  return isHeld ? open : await offboarding.doubt(tx, person.id, holdReason(signal));
}

function reasonOfReturn(isOpen: boolean, isContradicted: boolean, isOld: boolean): string {
  if (isContradicted) {
    return 'the person is said to be active again while the case is open; the case is held';
  }
  if (!isOpen) {
    return 'the person has no open case';
  }
  return isOld ? 'it happened before the person left' : 'the case is being taken back already';
}

function holdReason(signal: Signal): string {
  return `${signal.connection} says that the person is active again (${signal.kind}); nothing more is done until somebody approves`;
}

async function latestDepartures(tx: Tx, returning: readonly Draft[], all: readonly Draft[]): Promise<Map<string, Date>> {
  const latest = await readDepartures(tx, personIds(returning));
  for (const { person, signal } of all) {
    const known = person && latest.get(person.id);
    const at = signal.occurredAt && signal.occurredAt > tx.now ? tx.now : signal.occurredAt;
    if (person && at && signal.meaning !== 'back' && (!known || known < at)) {
      latest.set(person.id, at);
    }
  }
  return latest;
}

function personIds(drafts: readonly Draft[]): string[] {
  return [...new Set(drafts.flatMap(({ person }) => (person ? [person.id] : [])))];
}

function store({ ledger, observe = unobserved }: AcceptNeeds, tx: Tx, drafts: readonly Draft[]): void {
  insertSignals(tx, drafts.map(judge));
  tx.afterCommit(() => {
    for (const { signal, disposition } of drafts) {
      observe({ kind: 'signal-stored', connection: signal.connection, channel: signal.channel, disposition });
    }
  });
  ledger.append(
    tx,
    drafts.map(({ id, signal, disposition, reason, caseId, ...who }) => ({
      kind: 'signal.recorded',
      caseId: disposition === 'duplicate' ? null : caseId,
      data: {
        signal: id,
        connection: signal.connection,
        channel: signal.channel,
        kind: signal.kind,
        eventId: impersonal(signal.eventId, signal),
        disposition,
        reason: who.doubt === null ? reason && impersonal(reason, signal) : null,
        match: matchOf(who),
        occurredAt: signal.occurredAt?.toISOString() ?? null,
        ...(signal.effectiveAt && { effectiveAt: signal.effectiveAt.toISOString() }),
        ...(signal.readBack && { readBack: signal.readBack }),
        bodySha256: signal.bodySha256,
        verifiedBy: signal.verifiedBy,
      },
      personal: who.person === null ? undefined : namesIn(signal),
    })),
  );
}

/** By what the person was recognised, or why nobody was. */
function matchOf({ rule, doubt }: Pick<Draft, 'rule' | 'doubt'>): JsonObject | null {
  return rule === null && doubt === null ? null : { rule, doubt };
}

/** What the message named the person by. Set apart, so that it is erased with them; where nobody was found whom one could erase it is not kept. */
function namesIn({ subject, eventId }: Signal): JsonObject | undefined {
  return subject ? { id: subject.id, email: subject.email, aliases: [...(subject.aliases ?? [])], eventId } : undefined;
}

/** Some channels make the name of an event of the person's id. */
function impersonal(text: string, { subject }: Signal): string {
  const id = subject?.id ?? '';
  return id.length < LEAST_ID ? text : text.replaceAll(id, '[id]');
}

function judge({ id, signal, disposition, reason, person, caseId }: Draft): JudgedSignal {
  return { id, signal, disposition, reason, personId: person?.id ?? null, caseId };
}
