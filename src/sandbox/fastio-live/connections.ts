import type { Reply } from '../troubled.ts';
import { no, pageOf, yes } from './answers.ts';
import type { Call } from './behaviour.ts';
import type { FileShare, Profile } from './state.ts';
import type { World } from './world.ts';

/** Files that are shared one by one, and logins at other clouds: what hangs on an account and not on a membership. */

export function listFileShares({ habits }: World, { id }: Profile, { view, page }: Call): Reply {
  const inside = Object.values(view.fileShares).filter(({ workspaceId }) => workspaceId === id);
  return pageOf(
    habits,
    'fileshares',
    inside.map((one) => ({ fileshare: one.id, title: one.title })),
    page,
  );
}

/** All of them at once: this list has no pages. */
export function listGrants(world: World, { view, params: { id = '' } }: Call): Reply {
  const { habits } = world;
  return within(world, view.fileShares[id], ({ grants }) => yes(habits, { grants: grants.map((one) => ({ ...one, capability: 'view' })) }));
}

/** Twice is the same as once. */
export function revokeGrant(world: World, { params: { id = '' }, query }: Call): Reply {
  const { habits, rules, state } = world;
  const user = query.get('user') ?? '';
  rules.judgeRevocation('grant', user, state.users[user]?.id);
  return within(world, state.fileShares[id], (share) => {
    if (user === '') return no(habits, 400, 1605, 'One of user, email is required');
    if (!share.grants.some((one) => one.user === user)) return yes(habits);
    world.change({ kind: 'grant.revoked', profileId: share.id, subject: user }, () => {
      share.grants = share.grants.filter((one) => one.user !== user);
    });
    return yes(habits);
  });
}

export function listIdentities({ habits }: World, { id }: Profile, { view, page }: Call): Reply {
  const inside = Object.values(view.identities).filter(({ workspaceId }) => workspaceId === id);
  return pageOf(
    habits,
    'identities',
    inside.map(({ id: identity, userId, status }) => ({ id: identity, user_id: userId, provider: 'dropbox', status })),
    page,
  );
}

export function revokeIdentity(world: World, { id }: Profile, { params: { identity = '' } }: Call): Reply {
  const { habits, rules, state } = world;
  const found = state.identities[identity];
  if (found?.workspaceId !== id) return no(habits, 404, 1609, 'Not found');
  rules.judgeRevocation('identity', found.userId ?? '', found.userId ?? undefined);
  if (found.status === 'revoked') return yes(habits);
  world.change({ kind: 'identity.revoked', profileId: id, subject: identity }, () => {
    found.status = 'revoked';
  });
  return yes(habits);
}

/** Who is no member of the workspace of the file may not look. */
function within({ habits, state, callerId }: World, share: FileShare | undefined, work: (share: FileShare) => Reply): Reply {
  if (!share) return no(habits, 404, 1609, 'Not found');
  return state.profiles[share.workspaceId]?.members[callerId] ? work(share) : no(habits, 403, 1680, 'Denied');
}
