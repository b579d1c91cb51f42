import type { Reply } from '../troubled.ts';
import { no, yes } from './answers.ts';
import type { Call } from './behaviour.ts';
import { membersOf, ownerOf, type Profile, type Role, written } from './state.ts';
import type { World } from './world.ts';

const GIVEN: readonly string[] = ['admin', 'member', 'guest', 'view'];

/** The account that the path names: by its id, by `me`, or by an e-mail address. */
function named({ state, callerId }: World, who: string): string | undefined {
  if (who === 'me') return callerId;
  if (state.users[who]) return who;
  return Object.values(state.users).find(({ email }) => email.toLowerCase() === who.toLowerCase())?.id;
}

function manages({ callerId }: World, { members }: Profile): boolean {
  const role = members[callerId]?.role;
  return role === 'owner' || role === 'admin';
}

/** Reads may lag; a change is always made to what is really there. */
function real({ state }: World, { id }: Profile): Profile {
  const profile = state.profiles[id];
  if (!profile) throw new Error(`There is no ${id} in the sandbox`);
  return profile;
}

export function addMember(world: World, seen: Profile, { params: { who = '' }, form }: Call): Reply {
  const { habits } = world;
  const profile = real(world, seen);
  const role = form.get('permissions');
  if (!isGiven(role)) return no(habits, 400, 1605, 'Invalid permissions');
  if (!manages(world, profile)) return no(habits, 403, 1680, 'Denied');
  const userId = named(world, who);
  if (userId === undefined) {
    if (!who.includes('@')) return no(habits, 404, 1653, 'User not found');
    const id = `inv${world.newId()}`;
    world.change(
      { kind: 'invitation.made', profileId: profile.id, subject: id },
      () => void profile.invitations.push({ id, email: who, role }),
    );
    return yes(habits);
  }
  if (membersOf(profile, world.now()).some(([id]) => id === userId)) return no(habits, 409, 1669, 'Already a member');
  world.change({ kind: 'member.added', profileId: profile.id, subject: userId }, () => {
    profile.members[userId] = { role, expires: null };
  });
  return yes(habits);
}

export function updateMember(world: World, seen: Profile, { params: { who = '' }, form }: Call): Reply {
  const { habits, rules } = world;
  const profile = real(world, seen);
  const userId = named(world, who) ?? '';
  rules.judgeChange('update', userId, who, profile);
  const member = membersOf(profile, world.now()).find(([id]) => id === userId)?.[1];
  if (!member) return no(habits, 404, 1653, 'User not found');
  if (!manages(world, profile)) return no(habits, 403, 1680, 'Denied');
  if (member.role === 'owner') return no(habits, 406, 1670, 'The owner cannot be changed');
  const role = form.get('permissions') ?? member.role;
  if (!isGiven(role) || (role === 'view' && profile.kind === 'workspace')) return no(habits, 400, 1605, 'Invalid permissions');
  const asked = profile.kind === 'org' ? null : form.get('expires');
  if (asked !== null && !isEnd(world, asked)) return no(habits, 400, 1605, 'Invalid expires');
  world.change(
    { kind: 'member.updated', profileId: profile.id, subject: userId },
    () => {
      member.role = role;
      if (asked !== null) member.expires = asked === '' || asked === 'null' ? null : asked;
    },
    'membership_updated',
  );
  return yes(habits);
}

/** An empty one takes the end away; one that has come already is refused. */
function isEnd({ habits, now }: World, text: string): boolean {
  const isTime = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) && text > written(now());
  return habits.knowsExpiry && (text === '' || text === 'null' || isTime);
}

function isGiven(role: string | null): role is Exclude<Role, 'owner'> {
  return role !== null && GIVEN.includes(role);
}

export function transferOwnership(world: World, seen: Profile, { params: { who = '' }, form }: Call): Reply {
  const { habits, rules, callerId } = world;
  const profile = real(world, seen);
  if (form.size > 0) return no(habits, 406, 1605, 'No body is expected');
  const ownerId = ownerOf(profile);
  const mustOwn = habits.onlyOwnersTransfer || profile.kind === 'org';
  if (!manages(world, profile) || (mustOwn && ownerId !== callerId)) return no(habits, 403, 1680, 'Only the owner can do this');
  const userId = named(world, who);
  if (userId === undefined) return no(habits, 404, 1653, 'User not found');
  const member = profile.members[userId];
  if (!member) return no(habits, 406, 1670, 'The new owner must be a member');
  rules.judgeNewOwner(userId, profile);
  if (userId === ownerId) return yes(habits);
  world.change({ kind: 'ownership.transferred', profileId: profile.id, subject: userId }, () => {
    // Whoever hands over stays, as an admin.
    if (ownerId !== undefined) {
      profile.members[ownerId] = { role: 'admin', expires: null };
      profile.previousOwnerId = ownerId;
    }
    profile.members[userId] = { role: 'owner', expires: null };
  });
  return yes(habits);
}

export function removeMember(world: World, seen: Profile, { params: { who = '' } }: Call): Reply {
  const { habits, rules, state } = world;
  const profile = real(world, seen);
  const userId = named(world, who) ?? '';
  rules.judgeChange('removal', userId, who, profile);
  rules.judgeRemoval(state, userId, profile);
  if (!manages(world, profile)) return no(habits, 403, 1680, 'Denied');
  if (!membersOf(profile, world.now()).some(([id]) => id === userId)) return no(habits, 404, 1653, 'User not found');
  if (ownerOf(profile) === userId) return no(habits, 406, 1670, 'The owner cannot be removed');
  world.change(
    { kind: 'member.removed', profileId: profile.id, subject: userId },
    () => {
      delete profile.members[userId];
    },
    `removed_member_from_${profile.kind}`,
  );
  return yes(habits);
}

export function cancelInvitation(world: World, seen: Profile, { params: { who = '' } }: Call): Reply {
  const { habits } = world;
  const profile = real(world, seen);
  if (!manages(world, profile)) return no(habits, 403, 1680, 'Denied');
  if (!profile.invitations.some(({ id }) => id === who)) return no(habits, 404, 1609, 'Not found');
  world.change({ kind: 'invitation.cancelled', profileId: profile.id, subject: who }, () => {
    profile.invitations = profile.invitations.filter(({ id }) => id !== who);
  });
  return yes(habits);
}
