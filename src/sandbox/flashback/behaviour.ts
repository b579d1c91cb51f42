import type { Reply } from '../troubled.ts';
import { type Person, personView, type Role, type State, type Workspace, workspaceView } from './state.ts';
import type { World } from './world.ts';

/** One call whose token was accepted. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** What is there to be read; behind the truth while reads lag. */
  readonly view: State;
}

type Handler = (world: World, call: Call) => Reply;

/** Every call that there is, by method and path. */
export const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /user/profile': (world, { view }) => {
    const caller = view.people[world.callerId];
    return caller ? ok({ data: { ...personView(caller), mfaRequired: false, isBusiness: true } }) : refusal(404, 'User not found');
  },
  'GET /organization/users': listPeople,
  'GET /organization/users/:userId': (world, { view, params }) => {
    if (!managesPeople(world)) return refusal(403, 'Insufficient permissions to view users');
    const person = listed(world, view).find(({ id }) => id === params['userId']);
    // The one success without an envelope.
    return person ? { status: 200, body: personView(person) } : refusal(404, 'User not found');
  },
  'DELETE /organization/users/:userId': deletePerson,
  'POST /organization/users/:userId/activate': activatePerson,
  'GET /workspace': (world, { view }) => {
    if (!view.people[world.callerId]) return refusal(404, 'User not found');
    const visible = Object.values(view.workspaces).filter(({ members }) => members[world.callerId]);
    return ok({ workspaces: visible.map((workspace) => workspaceView(view, workspace)) });
  },
  'GET /workspace/:id': (world, { view, params }) => {
    if (!view.people[world.callerId]) return refusal(404, 'User not found');
    const workspace = view.workspaces[params['id'] ?? ''];
    if (!workspace?.members[world.callerId]) return refusal(404, 'Workspace not found or access denied');
    return ok({ workspace: workspaceView(view, workspace) });
  },
  'POST /workspace/:id/users': inWorkspace(addMember),
  'PUT /workspace/:id/users/:userId': inWorkspace(setRole),
  'DELETE /workspace/:id/users/:userId': inWorkspace(removeMember),
  'GET /repo': (_, { view, query }) => ok({ repos: view.repositories.filter((repo) => repo.workspaceId === query.get('workspaceId')) }),
  'GET /links': (_, { view, query }) => {
    const [skip, take] = [Number(query.get('skip') ?? 0), Number(query.get('take') ?? 20)];
    return ok({ links: view.links.slice(skip, skip + take), total: view.links.length, skip, take });
  },
  'GET /api/agentengine/scheduled-tasks': (_, { view }) => ({ status: 200, body: { tasks: view.tasks } }),
};

export function ok(body: object = {}): Reply {
  return { status: 200, body: { success: true, ...body } };
}

export function refusal(status: number, message: string): Reply {
  return { status, body: { success: false, message } };
}

function managesPeople({ state, callerId }: World): boolean {
  return (state.people[callerId]?.orgRole ?? 0) >= 2;
}

function listed({ habits }: World, { people }: State): Person[] {
  return Object.values(people).filter(({ deletedAt }) => deletedAt === null || habits.listsDeleted);
}

/** The one refusal that has nothing to say. */
function listPeople(world: World, { view }: Call): Reply {
  if (!managesPeople(world)) return { status: 403, body: { success: false, data: [], total: 0 } };
  const people = listed(world, view).map(personView);
  return ok({ data: people.slice(0, world.habits.pageSize), total: people.length });
}

function deletePerson(world: World, { params: { userId = '' } }: Call): Reply {
  const { state, rules, callerId } = world;
  rules.judgeTakingOut(userId, 'the organization');
  if (userId === callerId) return refusal(400, 'Cannot delete yourself');
  if (!managesPeople(world)) return refusal(403, 'Insufficient permissions to delete users');
  const person = state.people[userId];
  if (!person || person.deletedAt !== null) return refusal(404, 'User not found');
  rules.judgeDeletion(state, userId);
  world.change({ kind: 'person.deleted', userId }, () => {
    person.deletedAt = world.now().toISOString();
  });
  return ok({ message: 'User deleted successfully' });
}

function activatePerson(world: World, { params: { userId = '' } }: Call): Reply {
  const person = world.state.people[userId];
  if (!managesPeople(world)) return refusal(403, 'Insufficient permissions to activate users');
  if (!person) return refusal(404, 'User not found');
  if (person.deletedAt === null) return refusal(400, 'User is not deleted');
  world.change({ kind: 'person.activated', userId }, () => {
    person.deletedAt = null;
  });
  return ok({ message: 'User activated successfully' });
}

/** Hands over the workspace to a caller who is known, validated and an ADMIN of it. */
function inWorkspace(handler: (world: World, workspace: Workspace, call: Call) => Reply): Handler {
  return (world, call) => {
    const { state, callerId, rules } = world;
    const { id = '', userId } = call.params;
    const where = `workspace ${id}`;
    if (handler === removeMember) rules.judgeTakingOut(userId ?? '', where);
    if (!state.people[callerId]?.validated) return refusal(400, 'User not found or account is not validated');
    const workspace = state.workspaces[id];
    if (workspace?.members[callerId] !== 'ADMIN') return refusal(403, 'Insufficient permissions to manage workspace users');
    return handler(world, workspace, call);
  };
}

function removeMember(world: World, workspace: Workspace, { params: { userId = '' } }: Call): Reply {
  if (userId === world.callerId) return refusal(400, 'Cannot remove yourself from the workspace');
  if (!workspace.members[userId]) return refusal(404, 'User not found in workspace');
  const isAdmin = workspace.members[userId] === 'ADMIN';
  world.change({ kind: 'member.removed', userId, workspaceId: workspace.id }, () => {
    delete workspace.members[userId];
  });
  if (isAdmin) world.rules.judgeRemainder(world.state, workspace);
  return ok();
}

function addMember(world: World, workspace: Workspace, { body: { userId, role } }: Call): Reply {
  if (typeof userId !== 'string' || !isRole(role)) return refusal(400, 'User not found or account is not validated');
  const person = world.state.people[userId];
  if (!person || person.deletedAt !== null) return refusal(404, 'Target user not found');
  world.change({ kind: 'member.added', userId, workspaceId: workspace.id }, () => {
    workspace.members[userId] = role;
  });
  return ok();
}

function setRole(world: World, workspace: Workspace, { params: { userId = '' }, body: { role } }: Call): Reply {
  if (!workspace.members[userId]) return refusal(404, 'User not found in workspace');
  if (!isRole(role)) return refusal(400, 'User not found or account is not validated');
  world.change({ kind: 'role.changed', userId, workspaceId: workspace.id }, () => {
    workspace.members[userId] = role;
  });
  return ok();
}

function isRole(value: unknown): value is Role {
  return value === 'READ' || value === 'WRITE' || value === 'ADMIN';
}
