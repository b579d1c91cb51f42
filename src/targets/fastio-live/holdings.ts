import type { Listed } from '../fastio/paging.ts';
import { type Fault, readFault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import type { Attempt } from './attempt.ts';
import { objectionToCaller } from './caller.ts';
import { NOT_IN_WORKSPACE } from './error-codes.ts';
import { called, type Place, subjectOf } from './place.ts';
import type { Member, ProfileRow } from './schemas.ts';

export interface PlaceWithMembers {
  readonly place: Place;
  readonly members: readonly Member[];
}

/** Everywhere one can be a member, the organization first. */
export interface Holdings {
  readonly kind: 'holdings';
  readonly organization: PlaceWithMembers;
  readonly places: readonly PlaceWithMembers[];
  /** Places of which Leaver's account may not see the members. */
  readonly unseen: readonly Place[];
  /** What could not be read, as sentences. */
  readonly unread: readonly string[];
}

/** The organization with its members, once Leaver's account is known to be able to do the work there. */
export async function readOrganization(
  attempt: Attempt,
  callerId: string,
): Promise<(PlaceWithMembers & { kind: 'place' }) | Refused | Fault> {
  const { api, site } = attempt;
  const place: Place = { kind: 'org', id: site.orgId, name: '' };
  const members = await api.members(place);
  if (members.kind === 'fault') return members;
  return objectionToCaller(attempt, callerId, members.items) ?? { kind: 'place', place, members: members.items };
}

/** Reads who is where: the organization, each of its workspaces, and each share. */
export async function readHoldings(attempt: Attempt, callerId: string): Promise<Holdings | Refused | Fault> {
  const organization = await readOrganization(attempt, callerId);
  if (organization.kind !== 'place') return organization;
  const listed = await readPlaces(attempt);
  if (listed.kind === 'fault') return listed;
  const read = await sideBySide(listed.places, async (place) => ({ place, members: await attempt.api.members(place) }));
  const places: PlaceWithMembers[] = [];
  const closed: Place[] = [];
  const absent: Place[] = [];
  for (const { place, members } of read) {
    if (members.kind === 'list') places.push({ place, members: members.items });
    else if (isClosed(members)) closed.push(place);
    else if (members.cause === 'absent') absent.push(place);
    else return members;
  }
  // Deleted since the list was read, unless a fresh list still has it: then the 404 hides it.
  const hidden = absent.length === 0 ? [] : await stillListed(attempt, absent);
  if ('kind' in hidden) return hidden;
  return { kind: 'holdings', organization, places, unseen: [...closed, ...hidden], unread: listed.unread };
}

async function stillListed(attempt: Attempt, places: readonly Place[]): Promise<readonly Place[] | Fault> {
  const listed = await readPlaces(attempt);
  if (listed.kind === 'fault') return listed;
  const subjects = new Set(listed.places.map(subjectOf));
  return places.filter((place) => subjects.has(subjectOf(place)));
}

/** Whether the place is there, and closed to Leaver's account. */
function isClosed({ cause }: Fault): boolean {
  return cause === 'permission';
}

interface Places {
  readonly kind: 'places';
  readonly places: readonly Place[];
  readonly unread: readonly string[];
}

/** The workspaces of the organization and the shares: those in its workspaces, and those that Leaver's account is in. */
async function readPlaces({ api, site }: Attempt): Promise<Places | Fault> {
  const workspaces = await api.workspaces();
  if (workspaces.kind === 'fault') return workspaces;
  const inEach = await sideBySide(workspaces.items, async (row) => ({ row, listed: await api.sharesIn(row.id) }));
  const unread: string[] = [];
  const shares = new Map<string, ProfileRow>();
  const keep = (what: string, listed: Listed<ProfileRow> | Fault): Fault | undefined => {
    if (listed.kind === 'list') {
      for (const row of listed.items.filter(isOf(site.orgId))) shares.set(row.id, row);
      return undefined;
    }
    if (listed.retryable || listed.cause === 'credential' || listed.cause === 'misshapen') return listed;
    // A workspace that is not there has none; whether it is, its members tell.
    if (listed.cause !== 'absent')
      unread.push(`${what} could not be read (${listed.targetCode ?? listed.status ?? listed.cause}): look there by hand`);
    return undefined;
  };
  for (const { row, listed } of inEach) {
    const fault = keep(`the shares of workspace ${row.id}`, listed);
    if (fault) return fault;
  }
  const fault = keep("the shares of Leaver's account", await api.shares());
  if (fault) return fault;
  const places = [
    ...workspaces.items.map(({ id, name }): Place => ({ kind: 'workspace', id, name: name ?? '' })),
    ...[...shares.values()].map(({ id, name }): Place => ({ kind: 'share', id, name: name ?? '' })),
  ];
  return { kind: 'places', places, unread };
}

/** Leaver's account may be in shares of somebody else's, which are none of this organization's business. */
function isOf(orgId: string): (row: ProfileRow) => boolean {
  return ({ org }) => org === null || org === undefined || org === orgId;
}

/** Who is in the place, or why nobody can say. `gone`: the organization no longer lists it. */
export async function seeMembers(attempt: Attempt, place: Place): Promise<Listed<Member> | { readonly kind: 'gone' } | Refused | Fault> {
  const { api, site } = attempt;
  const members = await api.members(place);
  if (members.kind === 'list' || (members.cause !== 'absent' && !isClosed(members))) return members;
  const listed = members.cause === 'absent' && place.kind !== 'org' ? await stillListed(attempt, [place]) : [place];
  if ('kind' in listed) return listed;
  if (listed.length === 0) return { kind: 'gone' };
  if (isClosed(members)) return unseenRefusal(site.id, [place], members);
  const message = `${site.id}: ${called(place)} is listed, and its members are answered with ${members.targetCode ?? members.status}. Leaver did nothing there, and looks again later.`;
  return readFault('absent', message);
}

/** What to do about places that are there and closed. */
export function unseenRefusal(target: string, places: readonly Place[], fault?: Fault): Refused {
  const why = fault?.targetCode === NOT_IN_WORKSPACE ? ' (it is no member there)' : '';
  const message = `${target}: Leaver's account may not see who is in ${places.map(called).join(', ')}${why}, so nobody can say whether the person is. Let the account to which targets[${target}].token belongs be an admin there, then retry.`;
  return refused('target-unclear', message);
}

const AT_ONCE = 4;

/** Does it for each, a few at a time, in order. */
export async function sideBySide<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    done.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return done;
}
