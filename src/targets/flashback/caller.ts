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
  const { id, validated, orgRole } = answer.body;
  const token = `targets[${site.id}].token`;
  if (!validated) {
    const message = `${site.id}: the account ${id}, to which ${token} belongs, is not validated, so nothing was done. Validate it there, or give Leaver the token of another account, then retry.`;
    return refused('target-refused', message);
  }
  if (orgRole < MANAGES_PEOPLE) {
    const message = `${site.id}: the account ${id}, to which ${token} belongs, has the role ${orgRole} in the organization and may not manage people. Give it the role WORKSPACES (${MANAGES_PEOPLE}) or a higher one, then retry.`;
    return refused('target-refused', message);
  }
  return { kind: 'ready', profile: answer.body };
}

/** The same, for work on an account that must not be its own: the token may be another one than when the account was resolved. */
export async function readOtherCaller(attempt: Attempt, { userId }: Account): Promise<Ready | Refused | Fault> {
  const caller = await readCaller(attempt);
  if (caller.kind !== 'ready' || caller.profile.id !== userId) return caller;
  const { id } = attempt.site;
  const message = `${id}: ${userId} is the account that Leaver itself works with, so it was not touched. Give Leaver the token of another account (targets[${id}].token), then retry.`;
  return refused('conflict', message);
}
