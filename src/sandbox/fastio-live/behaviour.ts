import type { Reply } from '../troubled.ts';
import { no, type PageAsked, pageOf, yes } from './answers.ts';
import * as changes from './changes.ts';
import * as connections from './connections.ts';
import { membersOf, type Profile, type State } from './state.ts';
import type { World } from './world.ts';

/** One call whose token was accepted. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly page: PageAsked;
  /** What is there to be read; behind the truth while reads lag. */
  readonly view: State;
}

export type Handler = (world: World, call: Call) => Reply;

/** Every call that there is, by method and path. */
export const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /user/auth/check/': ({ habits, callerId }) => yes(habits, { id: callerId }),
  'GET /:kind(org|workspace|share)/:id/members/list/': inSight((world, profile, { page }) =>
    pageOf(world.habits, 'users', rowsOf(world, profile), page),
  ),
  'GET /:kind(org|workspace|share)/:id/members/invitations/list/pending/': inSight(({ habits }, { invitations }, { page }) => {
    if (!habits.offersLists) return unknownRoute(habits);
    return pageOf(
      habits,
      'invitations',
      invitations.map(({ id, email }) => ({ id, email, state: 'pending' })),
      page,
    );
  }),
  'GET /org/:id/list/workspaces/': (world, { view, page }) => {
    const role = view.profiles[world.orgId]?.members[world.callerId]?.role;
    const all = Object.values(view.profiles).filter(({ kind }) => kind === 'workspace');
    const visible = role === 'owner' || role === 'admin' ? all : all.filter(({ members }) => members[world.callerId]);
    return pageOf(
      world.habits,
      'workspaces',
      visible.map(({ id, name }) => ({ id, name, folder_name: name.toLowerCase(), org_id: world.orgId })),
      page,
    );
  },
  'GET /:kind(workspace)/:id/list/shares/': inSight((world, { id }, { view, page }) => {
    const inside = Object.values(view.profiles).filter(({ kind, parentId }) => kind === 'share' && parentId === id);
    return pageOf(
      world.habits,
      'shares',
      inside.map((share) => ({ id: share.id, title: share.name, org_id: world.orgId })),
      page,
    );
  }),
  'GET /shares/all/': (world, { view, page }) => {
    const own = Object.values(view.profiles).filter(({ kind, members }) => kind === 'share' && members[world.callerId]);
    return pageOf(
      world.habits,
      'shares',
      own.map(({ id, name }) => ({ id, title: name, org_id: world.orgId })),
      page,
    );
  },
  'GET /:kind(workspace)/:id/list/fileshares/': offered(inSight(connections.listFileShares)),
  'GET /fileshare/:id/grants/': offered(connections.listGrants),
  'DELETE /fileshare/:id/grants/': offered(connections.revokeGrant),
  'GET /imports/:kind(workspace)/:id/identities/': offered(inSight(connections.listIdentities)),
  'POST /imports/:kind(workspace)/:id/identities/:identity/revoke/': offered(inSight(connections.revokeIdentity)),
  'GET /events/search/': (world, { query, page }) => {
    const { habits, orgId } = world;
    if (!habits.offersLists) return unknownRoute(habits);
    if (query.get('org_id') !== orgId) return no(habits, 400, 10262, 'One of org_id, workspace_id, share_id, user_id is required');
    const from = query.get('created-min') ?? '';
    const found = world.searched().filter(({ event, created }) => event === (query.get('event') ?? event) && created >= from);
    return pageOf(habits, 'events', found, page);
  },
  'POST /:kind(org|workspace|share)/:id/members/:who/': inSight(changes.addMember),
  'POST /:kind(org|workspace|share)/:id/member/:who/update/': inSight(changes.updateMember),
  'POST /:kind(workspace|share|org)/:id/member/:who/transfer_ownership/': inSight(changes.transferOwnership),
  // Still accepted from old clients; the rules have objected to it already.
  'GET /:kind(workspace|share|org)/:id/member/:who/transfer_ownership/': inSight(changes.transferOwnership),
  'DELETE /:kind(org|workspace|share)/:id/members/invitation/:who/': inSight(changes.cancelInvitation),
  'DELETE /:kind(org|workspace|share)/:id/members/:who/': inSight(changes.removeMember),
  // What it does to the caller, the rules have objected to already.
  'DELETE /:kind(org|workspace|share)/:id/member/': inSight((world, profile, call) =>
    changes.removeMember(world, profile, { ...call, params: { ...call.params, who: world.callerId } }),
  ),
};

/** Only where there are calls for what not every Fast.io has calls for. */
function offered(handler: Handler): Handler {
  return (world, call) => (world.habits.offersLists ? handler(world, call) : unknownRoute(world.habits));
}

export function unknownRoute(habits: World['habits']): Reply {
  return no(habits, 404, 9992, 'Unknown route');
}

/** Hands over the profile to a caller who may look at it: a member of it, or anybody of the organization where it is that. */
function inSight(handler: (world: World, profile: Profile, call: Call) => Reply): Handler {
  return (world, call) => {
    const { habits, callerId } = world;
    const { kind = '', id = '' } = call.params;
    const profile = call.view.profiles[id];
    if (profile?.kind !== kind) return no(habits, 404, 1609, 'Not found');
    if (profile.members[callerId]) return handler(world, profile, call);
    return kind === 'workspace' ? no(habits, 401, 10545, 'You are not a member of this workspace') : no(habits, 403, 1680, 'Denied');
  };
}

/** Members and those who were invited, in one list. */
function rowsOf({ habits, state, now }: World, profile: Profile): object[] {
  const rows = membersOf(profile, now()).map(([id, { role, expires }]) => {
    const user = state.users[id];
    return { id, email: user?.email ?? null, name: user?.name ?? '', permissions: role, status: 'active', invite: null, expires };
  });
  const invited = profile.invitations.map(({ id, email, role }) => {
    const user = Object.values(state.users).find((one) => one.email.toLowerCase() === email.toLowerCase());
    const invite = { id, created: '2026-01-01 00:00:00', expires: '2027-01-01 00:00:00' };
    return { id: user?.id ?? null, email, name: null, permissions: role, status: 'pending', invite, expires: null };
  });
  return habits.otherSpelling ? [...rows, ...invited].map(spelledOtherwise) : [...rows, ...invited];
}

function spelledOtherwise({ id, email, permissions, ...row }: { id: string | null; email: string | null; permissions: string }): object {
  return { ...row, user_id: id, email_address: email, permission: permissions };
}
