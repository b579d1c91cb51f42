import type { Fault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import type { Attempt } from './attempt.ts';
import type { FastioClient } from './client.ts';
import type { Account } from './facts.ts';
import type { Listed } from './paging.ts';
import type { Member } from './schemas.ts';

/**
 * The members for whom `isIt` holds. `email` narrows the search where the server filters by it; nobody is declared absent on the filter's
 * word, which may mind the case or know a newer address: then the whole list is read.
 */
export async function membersWhere(
  api: FastioClient,
  email: string | null,
  isIt: (member: Member) => boolean,
): Promise<Listed<Member> | Fault> {
  const narrowed = email === null ? null : await matching(api, isIt, email);
  return narrowed && (narrowed.kind === 'fault' || narrowed.items.length > 0) ? narrowed : matching(api, isIt);
}

async function matching(api: FastioClient, isIt: (member: Member) => boolean, email?: string): Promise<Listed<Member> | Fault> {
  const members = await api.members(email);
  return members.kind === 'fault' ? members : { kind: 'list', items: members.items.filter(isIt) };
}

export type Found = { readonly kind: 'member'; readonly member: Member } | { readonly kind: 'no-member' };

/** The member with this id. */
export async function findMember(api: FastioClient, userId: string, email: string | null): Promise<Found | Fault> {
  const found = await membersWhere(api, email, (member) => member.user_id === userId);
  if (found.kind === 'fault') return found;
  const [member] = found.items;
  return member ? { kind: 'member', member } : { kind: 'no-member' };
}

/** The members whose role is the organization's highest; where no roles are told, nobody is known to be one. */
function isOwner({ role }: Member): boolean {
  return role?.toLowerCase() === 'owner';
}

/** What to do about an owner whom nobody could replace, those who are leaving too not counted; undefined for anybody else. */
export async function lastOwnerAdvice(
  { api, site, context }: Attempt,
  { userId, role }: Pick<Account, 'userId' | 'role'>,
): Promise<Refused | Fault | undefined> {
  if (role?.toLowerCase() !== 'owner') return undefined;
  const owners = await membersWhere(api, null, isOwner);
  if (owners.kind === 'fault') return owners;
  const stays = ({ user_id, status }: Member) => user_id !== userId && status === 'active' && !context.leavingAccounts.has(user_id);
  if (owners.items.some(stays)) return undefined;
  const message = `${site.id}: ${userId} is the last owner of ${site.orgId} who stays, so the account is not removed, and nothing of it is handed over. Make somebody else an owner there, then retry.`;
  return refused('conflict', message);
}
