import type { Fault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import type { Attempt } from './attempt.ts';
import type { Account } from './facts.ts';
import type { Member } from './schemas.ts';

export interface Ready {
  readonly kind: 'ready';
  readonly callerId: string;
}

/** The account that Leaver itself works with. */
export async function readCaller({ api }: Attempt): Promise<Ready | Fault> {
  const answer = await api.caller();
  return answer.kind === 'fault' ? answer : { kind: 'ready', callerId: answer.body.id };
}

/** The same, for work on an account that must not be its own: the token may be another one than when the account was resolved. */
export async function readOtherCaller(attempt: Attempt, { userId }: Account): Promise<Ready | Refused | Fault> {
  const caller = await readCaller(attempt);
  if (caller.kind !== 'ready' || caller.callerId !== userId) return caller;
  const { id } = attempt.site;
  const message = `${id}: ${userId} is the account that Leaver itself works with, so it was not touched. Give Leaver the token of another account (targets[${id}].token), then retry.`;
  return refused('conflict', message);
}

/** Why Leaver's account cannot do the work, as the members of the organization show it; undefined when it can. */
export function objectionToCaller({ site }: Attempt, callerId: string, members: readonly Member[]): Refused | undefined {
  const role = members.find((member) => member.id === callerId && member.status !== 'pending')?.role ?? 'none';
  if (role === 'owner' || role === 'admin') return undefined;
  const message = `${site.id}: the account ${callerId}, to which targets[${site.id}].token belongs, has the role ${role} in organization ${site.orgId}, so it sees only a part of it, and nothing was done. Make it an admin there, then retry.`;
  return refused('target-refused', message);
}
