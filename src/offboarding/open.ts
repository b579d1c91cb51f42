import type { Tx } from '../database/database.ts';
import type { Person } from '../directory/directory.ts';
import type { NewId } from '../kernel/ids.ts';
import { commitTo, type Ledger, type NewEntry } from '../ledger/ledger.ts';
import type { Playbook } from '../targets/target.ts';
import type { Case } from './case.ts';
import type { Engine } from './engine.ts';
import { type Policy, protectedBy } from './policy.ts';
import type { Queue } from './queue.ts';
import { insertCases, lockOpenCases, type NewCase, readCompleted } from './store.ts';

export interface OpenRequest {
  readonly person: Person;
  readonly playbook: Playbook;
  /** Who asks: the name of the connection or of the operator's token. */
  readonly by: string;
  readonly reason: string | null;
  /** Something that speaks against the request; the case is held for a person. */
  readonly contradiction: string | null;
}

export interface OpenNeeds {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly policy: Policy;
  readonly newId: NewId;
}

/**
 * The open case of each person, by person id: the one there is, or a new one. However many requests come for a person, at once and on how many
 * machines, there is one case; a request for `offboard` upgrades one that was opened for `contain`.
 */
export async function openOrJoin(needs: OpenNeeds, tx: Tx, requests: readonly OpenRequest[]): Promise<Map<string, string>> {
  const wanted = new Map<string, OpenRequest>();
  for (const request of requests) {
    wanted.set(request.person.id, stronger(wanted.get(request.person.id), request));
  }
  if (wanted.size === 0) {
    return new Map();
  }
  const open = await lockOpenCases(tx, knownAmong([...wanted.values()]));
  const made = await openMissing(
    needs,
    tx,
    [...wanted.values()].filter(({ person }) => !open.has(person.id)),
  );
  await recordOpening(needs, tx, made, wanted);
  for (const [personId, subject] of [...open].sort(([, a], [, b]) => (a.id < b.id ? -1 : 1))) {
    await joinCase(needs, tx, subject, wanted.get(personId));
  }
  return new Map([
    ...[...open].map(([personId, { id }]) => [personId, id] as const),
    ...made.map(({ personId, id }) => [personId, id] as const),
  ]);
}

/** Somebody whom this transaction has made has no case yet. */
function knownAmong(requests: readonly OpenRequest[]): string[] {
  return requests.flatMap(({ person }) => (person.isNew ? [] : [person.id]));
}

function stronger(a: OpenRequest | undefined, b: OpenRequest): OpenRequest {
  if (!a) {
    return b;
  }
  const base = a.playbook === 'offboard' ? a : b;
  return { ...base, contradiction: a.contradiction ?? b.contradiction };
}

async function openMissing({ policy, newId }: OpenNeeds, tx: Tx, requests: readonly OpenRequest[]): Promise<readonly NewCase[]> {
  const completed = await readCompleted(tx, knownAmong(requests));
  const cases = [...requests]
    .sort((a, b) => (a.person.id < b.person.id ? -1 : 1))
    .map((request) => ({
      id: newId(),
      personId: request.person.id,
      email: request.person.email,
      playbook: request.playbook,
      hold: holdOf(request, policy),
      openedBy: request.by,
      openedReason: request.reason,
      follows: completed.get(request.person.id) ?? null,
    }));
  insertCases(tx, cases);
  return cases;
}

function holdOf({ person, contradiction }: OpenRequest, policy: Policy): string | null {
  // Somebody who was renamed, or has an alias, is protected by any of their addresses.
  const pattern =
    [person.email, ...person.aliases].map((email) => protectedBy(email, policy.protected)).find((one) => one !== null) ?? null;
  return pattern === null
    ? contradiction
    : `${person.email} is protected (policy.protected: ${pattern}); nothing is done until somebody approves`;
}

async function recordOpening(
  { ledger, queue }: OpenNeeds,
  tx: Tx,
  made: readonly NewCase[],
  wanted: ReadonlyMap<string, OpenRequest>,
): Promise<void> {
  const entries: NewEntry[] = made.flatMap(({ id, personId, playbook, openedBy, openedReason, hold, follows }) => {
    const person = wanted.get(personId)?.person;
    const state = hold === null ? 'running' : 'held';
    const data = { playbook, by: openedBy, reason: openedReason, state, held: hold !== null, follows };
    return person ? [{ kind: 'case.opened', caseId: id, data: { person: commitTo(person.salt, person.email), ...data } }] : [];
  });
  const wakeUps = made.map(({ id, playbook }) => ({ caseId: id, lane: 'contain' as const, urgent: playbook === 'contain' }));
  ledger.append(tx, entries);
  await queue.wake(tx, wakeUps);
}

/** What a request means for a case that was open already. */
async function joinCase({ engine }: OpenNeeds, tx: Tx, subject: Case, request: OpenRequest | undefined): Promise<void> {
  if (!request) {
    return;
  }
  if (request.contradiction !== null && subject.hold === null) {
    await engine.advanceIn(tx, subject.id, { type: 'hold', by: request.by, reason: request.contradiction }, null);
  }
  if (request.playbook === 'offboard' && subject.playbook === 'contain') {
    await engine.advanceIn(tx, subject.id, { type: 'upgrade', by: request.by, playbook: 'offboard' }, null);
  }
}
