import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * A Flashback written from its public reference alone (https://docs.flashback.tech/support-reference/platform-api-reference/), and from nothing of
 * Leaver. It knows every documented call, so that it can also see those that nobody should make.
 */
export interface OutsideFlashback {
  readonly url: string;
  /** Each call that was made, as method and path. */
  readonly calls: readonly string[];
  /** What was really changed, in order: `remove ws-1 lee`, `delete lee`. */
  readonly changes: readonly string[];
  /** Self-removals, calls about sessions, deletions that came too early, calls that nobody documents. */
  readonly offences: readonly string[];
  readonly users: ReadonlyMap<string, User>;
  readonly workspaces: ReadonlyMap<string, Workspace>;
  /** Runs after a change, before its answer leaves. */
  afterChange: (change: string) => void;
  /** Answers the next calls that begin so with this instead. */
  spoil(call: string, status: number, body: unknown, times?: number): void;
  close(): Promise<void>;
}

export interface User {
  readonly id: string;
  readonly email: string;
  orgRole: number;
  deletedAt: string | null;
}

export interface Workspace {
  readonly id: string;
  readonly name: string;
  /** Role by user. */
  readonly roles: Map<string, string>;
}

export interface Beginning {
  readonly token: string;
  /** To whom the token belongs. */
  readonly caller: string;
  /** E-mail and role in the organization by id. */
  readonly users: Readonly<Record<string, readonly [email: string, orgRole: number]>>;
  /** Roles of the members by workspace. */
  readonly workspaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether a deleted user is still listed, which the reference leaves open. */
  readonly listsDeleted: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const ORG = '987fcdeb-51a2-43d1-9f12-345678901234';

/** Of whoever makes the call, or of the strength of somebody's account: nothing that an offboarding has to do with. */
const SESSIONS = /^\S+ \/(sessions|token|devices|mfa)\b|^POST \/user\/(logout|deactivate)\b|^PUT \/user\//;

export async function startOutsideFlashback(beginning: Beginning): Promise<OutsideFlashback> {
  const users = new Map(
    Object.entries(beginning.users).map(([id, [email, orgRole]]) => [id, { id, email, orgRole, deletedAt: null } as User]),
  );
  const workspaces = new Map(
    Object.entries(beginning.workspaces).map(([id, roles]) => [id, { id, name: `Workspace ${id}`, roles: new Map(Object.entries(roles)) }]),
  );
  const { caller, token, listsDeleted } = beginning;
  const calls: string[] = [];
  const changes: string[] = [];
  const offences: string[] = [];
  const spoilt: { call: string; answer: Answer; left: number }[] = [];
  const outside: OutsideFlashback = {
    url: '',
    calls,
    changes,
    offences,
    users,
    workspaces,
    afterChange: () => {},
    spoil: (call, status, body, times = 1) => void spoilt.push({ call, answer: { status, body }, left: times }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const change = (what: string, make: () => void): void => {
    make();
    changes.push(what);
    outside.afterChange(what);
  };
  const isThere = (id: string): boolean => users.get(id)?.deletedAt === null;
  const mayManagePeople = (): boolean => (users.get(caller)?.orgRole ?? 0) >= 2;
  const personOf = ({ id, email, orgRole, deletedAt }: User) => {
    const [name] = email.split('@');
    return {
      id,
      email,
      name,
      lastName: '',
      orgId: ORG,
      orgRole,
      validated: true,
      deletedAt,
      orgRoleDescription: String(orgRole),
      orgRoles: [orgRole],
    };
  };
  const workspaceOf = ({ id, name, roles }: Workspace) => {
    const members = [...roles].map(([userId, role]) => ({ userId, role, user: { ...users.get(userId), name: userId, lastName: '' } }));
    return { id, name, orgId: ORG, users: members };
  };

  /** Where a caller changes the members of a workspace: the refusals that come before anything is looked at. */
  const administered = (id: string): Workspace | Answer => {
    const workspace = workspaces.get(id);
    return workspace?.roles.get(caller) === 'ADMIN' ? workspace : no(403, 'Insufficient permissions to manage workspace users');
  };

  const organization = (method: string, userId: string | undefined, verb: string | undefined): Answer => {
    if (method === 'GET' && userId === undefined) {
      const listed = [...users.values()].filter(({ deletedAt }) => listsDeleted || deletedAt === null).map(personOf);
      return mayManagePeople()
        ? yes({ data: listed, total: listed.length })
        : { status: 403, body: { success: false, data: [], total: 0 } };
    }
    const user = users.get(userId ?? '');
    if (method === 'GET') {
      return user && (listsDeleted || user.deletedAt === null) ? { status: 200, body: personOf(user) } : no(404, 'User not found');
    }
    if (method === 'POST' && verb === 'activate' && user) {
      if (user.deletedAt === null) return no(400, 'User is not deleted');
      change(`activate ${user.id}`, () => {
        user.deletedAt = null;
      });
      return yes({ message: 'User activated successfully' });
    }
    return method === 'DELETE' && verb === undefined ? deleteUser(userId ?? '', user) : undocumented(`${method} /organization/users`);
  };

  const deleteUser = (userId: string, user: User | undefined): Answer => {
    if (userId === caller) {
      offences.push('the caller was to be deleted');
      return no(400, 'Cannot delete yourself');
    }
    if (!mayManagePeople()) return no(403, 'Insufficient permissions to delete users');
    if (!user || user.deletedAt !== null) return no(404, 'User not found');
    const still = [...workspaces.values()].filter(({ roles }) => roles.has(userId) && roles.get(caller) === 'ADMIN');
    for (const { id } of still) offences.push(`${userId} was deleted while still a member of ${id}`);
    change(`delete ${userId}`, () => {
      user.deletedAt = new Date(0).toISOString();
    });
    return yes({ message: 'User deleted successfully' });
  };

  const membership = (method: string, id: string, userId: string, role: string | undefined): Answer => {
    if (method === 'DELETE' && userId === caller) {
      offences.push(`the caller was to be taken out of ${id}`);
      return no(400, 'User not found or account is not validated');
    }
    const workspace = administered(id);
    if ('status' in workspace) return workspace;
    if (method === 'POST' && !isThere(userId)) return no(404, 'Target user not found');
    if (method !== 'POST' && !workspace.roles.has(userId)) return no(404, 'User not found in workspace');
    if (method === 'DELETE') change(`remove ${id} ${userId}`, () => void workspace.roles.delete(userId));
    else change(`${role} ${id} ${userId}`, () => void workspace.roles.set(userId, role ?? ''));
    return yes({});
  };

  const undocumented = (call: string): Answer => {
    offences.push(`a call that nobody documents: ${call}`);
    return no(404, 'Not found');
  };

  const answer = (method: string, path: string, body: Record<string, string>): Answer => {
    const [first = '', second, third, fourth] = path.split('/').filter(Boolean).map(decodeURIComponent);
    if (first === 'user' && second === 'profile' && method === 'GET') {
      const user = users.get(caller);
      return user ? yes({ data: { ...personOf(user), mfaRequired: false, isBusiness: true } }) : no(404, 'User not found');
    }
    if (first === 'organization' && second === 'users') return organization(method, third, fourth);
    if (first === 'workspace' && method === 'GET' && second === undefined) {
      return yes({ workspaces: [...workspaces.values()].filter(({ roles }) => roles.has(caller)).map(workspaceOf) });
    }
    if (first === 'workspace' && method === 'GET' && third === undefined) {
      const workspace = workspaces.get(second ?? '');
      return workspace?.roles.has(caller) ? yes({ workspace: workspaceOf(workspace) }) : no(404, 'Workspace not found or access denied');
    }
    if (first === 'workspace' && third === 'users') return membership(method, second ?? '', fourth ?? body['userId'] ?? '', body['role']);
    if (method === 'GET' && first === 'repo') return yes({ repos: [] });
    if (method === 'GET' && first === 'links') return yes({ links: [], total: 0, skip: 0, take: 100 });
    if (method === 'GET' && path === '/api/agentengine/scheduled-tasks') return { status: 200, body: { tasks: [] } };
    if (method === 'POST' && first === 'systemevent') return { status: 200, body: { events: [], total: 0, skip: 0, take: 20 } };
    return undocumented(`${method} ${path}`);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    const { pathname } = new URL(url, 'http://flashback');
    const call = `${method} ${pathname}`;
    const body = await text(request);
    calls.push(call);
    if (SESSIONS.test(call)) offences.push(`a call about sessions: ${call}`);
    const plan = spoilt.find((one) => one.left > 0 && call.startsWith(one.call));
    if (plan) plan.left -= 1;
    const isKnown = request.headers.authorization === `Bearer ${token}`;
    const { status, body: content } =
      plan?.answer ?? (isKnown ? answer(method, pathname, body === '' ? {} : JSON.parse(body)) : no(401, 'Unauthorized'));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(outside, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function yes(body: object): Answer {
  return { status: 200, body: { success: true, ...body } };
}

function no(status: number, message: string): Answer {
  return { status, body: { success: false, message } };
}
