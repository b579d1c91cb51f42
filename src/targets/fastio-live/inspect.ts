import type { Check } from '../../kernel/check.ts';
import { checkOf, type Fault } from '../fault.ts';
import { checkFallback } from '../seats.ts';
import type { LiveClient } from './client.ts';
import { EVENTS } from './events.ts';
import { isPending } from './facts.ts';
import type { LiveOptions } from './fastio-live.ts';
import type { Member } from './schemas.ts';
import { inSeconds } from './times.ts';

type Site = Pick<LiveOptions, 'id' | 'orgId' | 'fallbackOwnerId' | 'clock'>;

/** Looks whether the account of the token is an admin of the organization, whether the fallback owner is in it, and what may be read there. */
export async function inspect(api: LiveClient, site: Site): Promise<Check[]> {
  const caller = await api.caller();
  if (caller.kind === 'fault') return [checkOf('read its own account', caller, '')];
  const members = await api.members({ kind: 'org', id: site.orgId });
  if (members.kind === 'fault') return [checkOf('read the members', members, '')];
  const workspaces = await api.workspaces();
  return [
    administers(site, caller.body.id, members.items),
    fallbackOwner(site, members.items),
    checkOf('list the workspaces', answered(workspaces), `the workspaces of ${site.orgId} can be listed`),
    await events(api, site),
  ];
}

function answered(list: Fault | { readonly kind: 'list' }) {
  return list.kind === 'list' ? ({ kind: 'answer' } as const) : list;
}

/** A removal is proved by reading the members back; without events its evidence only lacks Fast.io's own record. */
async function events(api: LiveClient, { clock }: Site): Promise<Check> {
  const what = 'search the events';
  const found = await api.events(EVENTS.org, inSeconds(clock.now(), -60));
  if (found.kind === 'list') return { what, verdict: 'fine', detail: 'the events can be searched' };
  return { what, verdict: 'unclear', detail: `${found.message} Removals are proved by reading the members back instead.` };
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
