import { resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import type { Attempt, FastioAction } from '../attempt.ts';
import { membersWhere } from '../members.ts';
import type { Member } from '../schemas.ts';

/** Finds the one account with the person's e-mail. None is an answer, two are a question for a person, a near match is nobody. */
export const resolveAccount: FastioAction = {
  action: 'resolve-account',
  phase: 'resolve',
  after: [],
  playbooks: ['offboard', 'contain'],
  observed: 'it only reads: the list of members',
  run: async (attempt) => {
    const { email } = attempt.context.person;
    const found = await membersWhere(attempt.api, email, (member) => member.email?.toLowerCase() === email.toLowerCase());
    return found.kind === 'fault' ? resultOfFault(found) : concluded(attempt, found.items);
  },
};

function concluded({ site }: Attempt, [member, ...others]: readonly Member[]): ActionResult {
  if (!member) return { kind: 'account-absent' };
  if (member.user_id === site.serviceAccountId) return ownAccount(site.id, member.user_id);
  if (others.length === 0) return done('verified', factsOf(member));
  const ids = [member, ...others].map(({ user_id }) => user_id).join(' and ');
  const message = `${site.id}: the accounts ${ids} have the same e-mail address. Leaver touched neither: give the address to one of them only, then retry.`;
  return refused('conflict', message);
}

function ownAccount(target: string, userId: string): ActionResult {
  const reason = `${target}: ${userId} is the account that Leaver itself works with (targets[${target}].serviceAccountId), so nothing is done. Give Leaver a token of another account there, change serviceAccountId, then approve; or cancel the case`;
  return { kind: 'ask-first', reason };
}

function factsOf({ user_id, status, role, name }: Member) {
  return { userId: user_id, status, role: role ?? null, name: name ?? null };
}
