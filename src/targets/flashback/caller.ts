import type { Fault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import type { Attempt } from './attempt.ts';
import type { Account } from './facts.ts';
import type { Profile } from './schemas.ts';

/** The least role in the organization that may manage people: https://docs.flashback.tech/support-reference/platform-api-reference/organization */
const MANAGES_PEOPLE = 2;

export interface Ready {
  readonly kind: 'ready';
  readonly profile: Profile;
}

/** The account that Leaver itself works with, once it is known to be able to do the work. */
export async function readCaller({ api, site }: Attempt): Promise<Ready | Refused | Fault> {
  const answer = await api.profile();
  if (answer.kind === 'fault') return answer;
  const objection = objectionTo(site.id, answer.body);
  return objection === null ? { kind: 'ready', profile: answer.body } : refused('target-refused', objection);
}

/** Why the account cannot do the work, and what to do about it; null when it can. */
export function objectionTo(target: string, { id, validated, orgRole }: Profile): string | null {
  const account = `${target}: the account ${id}, to which targets[${target}].token belongs,`;
  if (!validated) {
    return `${account} is not validated, so nothing was done. Validate it there, or give Leaver the token of another account, then retry.`;
  }
  if (orgRole < MANAGES_PEOPLE) {
    return `${account} has the role ${orgRole} in the organization and may not manage people. Give it the role WORKSPACES (${MANAGES_PEOPLE}) or a higher one, then retry.`;
  }
  return null;
}

/** The same, for work on an account that must not be its own: the token may be another one than when the account was resolved. */
export async function readOtherCaller(attempt: Attempt, { userId }: Account): Promise<Ready | Refused | Fault> {
  const caller = await readCaller(attempt);
  if (caller.kind !== 'ready' || caller.profile.id !== userId) return caller;
  const { id } = attempt.site;
  const message = `${id}: ${userId} is the account that Leaver itself works with, so it was not touched. Give Leaver the token of another account (targets[${id}].token), then retry.`;
  return refused('conflict', message);
}
