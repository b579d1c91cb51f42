import type { JsonObject } from '../../kernel/json.ts';
import type { FollowUp } from '../target.ts';
import { type Account, invitationsIn, membershipIn } from './facts.ts';
import type { Holdings, PlaceWithMembers } from './holdings.ts';
import { type Kind, type Place, subjectOf } from './place.ts';
import type { Member } from './schemas.ts';

/** The least that a membership can be cut down to. */
export const LEAST: Readonly<Record<Kind, string>> = { org: 'guest', workspace: 'guest', share: 'view' };

const RANKS: readonly string[] = ['view', 'guest', 'member', 'admin', 'owner'];

/** Whether the role is no more than the other; one that nobody knows counts as more. */
export function isAtMost(role: string, other: string): boolean {
  const rank = RANKS.indexOf(role);
  return rank >= 0 && rank <= RANKS.indexOf(other);
}

/** The leaver somewhere. */
export interface Membership {
  readonly place: Place;
  readonly member: Member & { readonly id: string };
}

/** Everything that the leaver is a member of, the organization included. */
export function membershipsIn({ organization, places }: Holdings, account: Account): Membership[] {
  return [organization, ...places].flatMap(({ place, members }) => {
    const member = membershipIn(members, account);
    return member ? [{ place, member }] : [];
  });
}

export function isOwner({ role }: Pick<Member, 'role'>): boolean {
  return role === 'owner';
}

/** One step a membership that can be cut down: an owner's cannot, and one that is the least already has nothing to lose but its end. */
export function restrictionsOf(memberships: readonly Membership[]): FollowUp[] {
  const isWorthIt = ({ place, member }: Membership) => !isOwner(member) && (place.kind !== 'org' || !isAtMost(member.role, LEAST.org));
  return memberships
    .filter(isWorthIt)
    .map((one) => ({ action: 'restrict-membership', subject: subjectOf(one.place), facts: factsOf(one) }));
}

/** One step an owned workspace or share; what happens to an organization's owner only they can decide. */
export function transfersOf(memberships: readonly Membership[]): FollowUp[] {
  const owned = memberships.filter(({ place, member }) => place.kind !== 'org' && isOwner(member));
  return owned.map(({ place }) => ({ action: 'transfer-ownership', subject: subjectOf(place), facts: { name: place.name } }));
}

/** One step a workspace or share: whoever handed it over is still in it, as an admin. */
export function removalsOf(memberships: readonly Membership[]): FollowUp[] {
  const below = memberships.filter(({ place }) => place.kind !== 'org');
  return below.map((one) => ({ action: 'remove-membership', subject: subjectOf(one.place), facts: factsOf(one) }));
}

/** One step a place into which the leaver is invited. */
export function cancellationsOf({ organization, places }: Pick<Holdings, 'organization' | 'places'>, account: Account): FollowUp[] {
  const invited = [organization, ...places].filter(({ members }) => invitationsIn(members, account).length > 0);
  return invited.map(cancellationOf);
}

export function cancellationOf({ place }: Pick<PlaceWithMembers, 'place'>): FollowUp {
  return { action: 'cancel-invitations', subject: subjectOf(place), facts: { name: place.name } };
}

export function factsOf({ place, member }: Membership): JsonObject {
  return { name: place.name, role: member.role, expires: member.expires ?? null };
}
