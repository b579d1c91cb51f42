import type { Tx } from '../database/database.ts';
import type { Person } from '../directory/directory.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import type { AcceptNeeds, Draft } from './draft.ts';
import { holdForAddress } from './recycle.ts';
import type { Signal } from './signal.ts';
import { readDepartures } from './store.ts';

/** Holds the open case of whoever is said to be back, unless that was before they left. */
export async function holdContradicted({ offboarding }: AcceptNeeds, tx: Tx, drafts: readonly Draft[]): Promise<void> {
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
export async function holdDoubted({ offboarding }: AcceptNeeds, tx: Tx, drafts: readonly Draft[]): Promise<void> {
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
