import { type Fault, resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import type { ActionContext, ActionResult } from '../../target.ts';
import type { Attempt, FastioAction } from '../attempt.ts';
import { membersWhere } from '../members.ts';
import type { Listed } from '../paging.ts';
import type { Member } from '../schemas.ts';

/**
 * Finds the one account with the person's e-mail, or with another address of theirs where nobody has that one: a rename need not have come here.
 * None is an answer, two are a question for a person, a near match is nobody.
 */
export const resolveAccount: FastioAction = {
  action: 'resolve-account',
  phase: 'resolve',
  after: [],
  playbooks: ['offboard', 'contain'],
  observed: 'it only reads: the list of members',
  run: async (attempt) => {
    const { email, aliases = [] } = attempt.context.person;
    const found = await membersWith(attempt, email, [email]);
    const isAnswer = found.kind === 'fault' || found.items.length > 0 || aliases.length === 0;
    const known = isAnswer ? found : await membersWith(attempt, null, aliases);
    return known.kind === 'fault' ? resultOfFault(known) : concluded(attempt, known.items);
  },
};

async function membersWith({ api }: Attempt, narrowBy: string | null, addresses: readonly string[]): Promise<Listed<Member> | Fault> {
  const keys = new Set(addresses.map((address) => address.toLowerCase()));
  return await membersWhere(api, narrowBy, (member) => keys.has(member.email?.toLowerCase() ?? ''));
}

function concluded({ site, context }: Attempt, [member, ...others]: readonly Member[]): ActionResult {
  if (!member) return { kind: 'account-absent' };
  if (member.user_id === site.serviceAccountId) return ownAccount(site.id, member.user_id);
  if (others.length === 0) return done('verified', { ...factsOf(member), ...statusBefore(context, member) });
  const ids = [member, ...others].map(({ user_id }) => user_id).join(' and ');
  const message = `${site.id}: the accounts ${ids} have the same e-mail address, or two of one person. Leaver touched neither: give the address to one of them only, then retry.`;
  return refused('conflict', message);
}

function ownAccount(target: string, userId: string): ActionResult {
  const reason = `${target}: ${userId} is the account that Leaver itself works with (targets[${target}].serviceAccountId), so nothing is done. Give Leaver a token of another account there, change serviceAccountId, then approve; or cancel the case`;
  return { kind: 'ask-first', reason };
}

/** When the account is looked for once more in the same case, its status is what the case has made of it: the first one is kept. */
function statusBefore({ facts }: ActionContext, { user_id }: Member): { statusBefore?: string } {
  const { userId, status, statusBefore: kept = status } = facts;
  return userId === user_id && typeof kept === 'string' ? { statusBefore: kept } : {};
}

function factsOf({ user_id, status, role, name }: Member) {
  return { userId: user_id, status, role: role ?? null, name: name ?? null };
}
