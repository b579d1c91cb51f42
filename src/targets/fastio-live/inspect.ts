import type { Check } from '../../kernel/check.ts';
import { checkOf } from '../fault.ts';
import { checkFallback } from '../seats.ts';
import type { LiveClient } from './client.ts';
import { isPending } from './facts.ts';
import type { LiveOptions } from './fastio-live.ts';
import type { Member } from './schemas.ts';

type Site = Pick<LiveOptions, 'id' | 'orgId' | 'fallbackOwnerId'>;

/** Looks whether the account of the token is an admin of the organization, and whether the fallback owner is in it. */
export async function inspect(api: LiveClient, site: Site): Promise<Check[]> {
  const caller = await api.caller();
  if (caller.kind === 'fault') return [checkOf('read its own account', caller, '')];
  const members = await api.members({ kind: 'org', id: site.orgId });
  if (members.kind === 'fault') return [checkOf('read the members', members, '')];
  return [administers(site, caller.body.id, members.items), fallbackOwner(site, members.items)];
}

function administers({ id, orgId }: Site, callerId: string, members: readonly Member[]): Check {
  const what = 'manage members';
  const role = members.find((member) => member.id === callerId && !isPending(member))?.role ?? 'none';
  const isEnough = role === 'admin' || role === 'owner';
  if (isEnough) return { what, verdict: 'fine', detail: `the account ${callerId} has the role ${role} in organization ${orgId}` };
  const detail = `${id}: the account ${callerId}, to which targets[${id}].token belongs, has the role ${role} in organization ${orgId}. Make it an admin there.`;
  return { what, verdict: 'fix', detail };
}

function fallbackOwner({ id, fallbackOwnerId }: Site, members: readonly Member[]): Check {
  const isThere = members.some((member) => member.id === fallbackOwnerId && !isPending(member));
  return checkFallback(id, fallbackOwnerId, isThere);
}
