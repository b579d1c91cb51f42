import { resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import type { Attempt, LiveAction } from '../attempt.ts';
import { readCaller } from '../caller.ts';
import { addressesOf, isPending } from '../facts.ts';
import { type Holdings, readHoldings } from '../holdings.ts';
import { subjectOf } from '../place.ts';
import { RESIDUAL } from '../residual.ts';
import type { Member } from '../schemas.ts';
import { factsOf, isOwner, membershipsIn, restrictionsOf } from '../steps.ts';

/**
 * Finds the one account with the person's e-mail, or with another address of theirs where nobody has that one, among the members of the organization
 * and, since some hold a workspace and are no member of it, of every workspace and share. None is an answer, two are a question for a person, a near
 * match is nobody. Asks for one lock-out a membership, since the account itself cannot be locked.
 */
export const resolveAccount: LiveAction = {
  action: 'resolve-account',
  phase: 'resolve',
  after: [],
  playbooks: ['offboard', 'contain'],
  observed: 'it only reads: the members of the organization, of its workspaces and of the shares',
  run: async (attempt) => {
    const caller = await readCaller(attempt);
    if (caller.kind === 'fault') return resultOfFault(caller);
    const holdings = await readHoldings(attempt, caller.callerId);
    if (holdings.kind === 'fault') return resultOfFault(holdings);
    return holdings.kind === 'refused' ? holdings : concluded(attempt, holdings, caller.callerId);
  },
};

function concluded(attempt: Attempt, holdings: Holdings, callerId: string): ActionResult {
  const { site, context } = attempt;
  const { email, aliases = [] } = context.person;
  const rows = [holdings.organization, ...holdings.places].flatMap(({ members }) => members);
  const byEmail = rowsWith(rows, [email]);
  // An invitation is nobody's account: somebody invited by their e-mail may have joined with another address of theirs.
  const found = byEmail.some((row) => !isPending(row)) ? byEmail : [...byEmail, ...rowsWith(rows, aliases)];
  const ids = idsOf(found.filter((row) => !isPending(row)));
  if (found.some(({ id }) => id === callerId)) return ownAccount(site.id, callerId);
  if (ids.length > 1) return several(site.id, ids);
  const unseen = holdings.unseen.map(subjectOf);
  if (found.length === 0) return { kind: 'account-absent', ...(unseen.length > 0 && { facts: { unseen } }) };
  return resolved(attempt, holdings, found, ids[0] ?? null);
}

function rowsWith(rows: readonly Member[], addresses: readonly string[]): Member[] {
  const keys = new Set(addresses.map((address) => address.toLowerCase()));
  return rows.filter(({ email }) => keys.has(email?.toLowerCase() ?? ''));
}

function idsOf(rows: readonly Member[]): string[] {
  return [...new Set(rows.flatMap(({ id }) => id ?? []))];
}

/** Somebody who was only invited may have an account all the same, which shows in its invitations. */
function resolved({ context }: Attempt, holdings: Holdings, found: readonly Member[], activeId: string | null): ActionResult {
  const invitedAs = idsOf(found);
  const userId = activeId ?? (invitedAs.length === 1 ? (invitedAs[0] ?? null) : null);
  const memberships = membershipsIn(holdings, { userId, addresses: addressesOf(context) });
  const facts = {
    userId,
    status: activeId === null ? 'pending' : 'active',
    name: found.find(({ name }) => name)?.name ?? null,
    memberships: memberships.map((one) => ({ subject: subjectOf(one.place), ...factsOf(one) })),
    owned: memberships.filter(({ member }) => isOwner(member)).map(({ place }) => subjectOf(place)),
    unseen: holdings.unseen.map(subjectOf),
    residual: [...RESIDUAL],
  };
  return done('verified', facts, restrictionsOf(memberships));
}

function several(target: string, ids: readonly string[]): ActionResult {
  const message = `${target}: the accounts ${ids.join(' and ')} have the same e-mail address, or two of one person. Leaver touched neither: give the address to one of them only, then retry.`;
  return refused('conflict', message);
}

function ownAccount(target: string, userId: string): ActionResult {
  const reason = `${target}: ${userId} is the account that Leaver itself works with, so nothing is done. Give Leaver a token of another account there (targets[${target}].token), then approve; or cancel the case`;
  return { kind: 'ask-first', reason };
}
