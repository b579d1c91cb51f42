import { type HttpClient, personal } from '../../outbound/outbound.ts';
import * as wire from './schemas.ts';

/** On whose behalf calls are made: one attempt of a step. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly beforeCall?: () => void;
}

/** How a role in a workspace is written. */
export type WorkspaceRole = 'READ' | 'WRITE' | 'ADMIN';

export type FlashbackClient = ReturnType<typeof createFlashbackClient>;

/**
 * The calls of Flashback that Leaver makes, as one attempt may make them. It knows paths and shapes, not what they mean. Calls that end sessions,
 * tokens or the account of whoever makes them are not among them.
 */
export function createFlashbackClient(http: HttpClient, caller: Caller) {
  const bound: Caller = { signal: caller.signal, ...(caller.beforeCall && { beforeCall: caller.beforeCall }) };
  return { ...readsOf(http, bound), ...leftBehindOf(http, bound), ...changesOf(http, bound) };
}

const member = (workspaceId: string, userId: string) => ['workspace', workspaceId, 'users', personal(userId)];
const user = (userId: string, ...rest: string[]) => ['organization', 'users', personal(userId), ...rest];

function readsOf(http: HttpClient, bound: Caller) {
  return {
    /** The account that makes the calls. */
    profile: () => http.request({ method: 'GET', path: ['user', 'profile'], expect: { 200: wire.profile }, ...bound }),

    people: () => http.request({ method: 'GET', path: ['organization', 'users'], expect: { 200: wire.people }, ...bound }),

    person: (userId: string) =>
      http.request({ method: 'GET', path: user(userId), expect: { 200: wire.onePerson, 404: wire.whatever }, ...bound }),

    /** The workspaces that the caller is in, each with its members; those of one person cannot be asked for. */
    workspaces: () => http.request({ method: 'GET', path: ['workspace'], expect: { 200: wire.workspaces }, ...bound }),

    /** 404 says that it is not there, that the caller may not see it, or that the caller is not there. */
    workspace: (id: string) =>
      http.request({ method: 'GET', path: ['workspace', id], expect: { 200: wire.oneWorkspace, 404: wire.whatever }, ...bound }),
  };
}

/** What can be in use after somebody has left. */
function leftBehindOf(http: HttpClient, bound: Caller) {
  return {
    repositories: (workspaceId: string) =>
      http.request({ method: 'GET', path: ['repo'], query: { workspaceId }, expect: { 200: wire.repositories }, ...bound }),

    pendingLinks: (skip: number) =>
      http.request({
        method: 'GET',
        path: ['links'],
        query: { status: 'pending', take: 100, skip },
        expect: { 200: wire.links },
        ...bound,
      }),

    scheduledTasks: (org_id: string) =>
      http.request({
        method: 'GET',
        path: ['api', 'agentengine', 'scheduled-tasks'],
        query: { org_id, active: 'true' },
        expect: { 200: wire.tasks },
        ...bound,
      }),
  };
}

function changesOf(http: HttpClient, bound: Caller) {
  // Not repeated after an unclear end: what came of them is looked up first.
  const once = { ...bound, repeatable: false };
  const done = { 200: wire.changed, 201: wire.changed, 204: wire.changed };
  const doneOrGone = { ...done, 404: wire.whatever };
  return {
    addMember: (workspaceId: string, userId: string, role: WorkspaceRole) =>
      http.request({ method: 'POST', path: ['workspace', workspaceId, 'users'], body: { userId, role }, expect: done, ...once }),

    setRole: (workspaceId: string, userId: string, role: WorkspaceRole) =>
      http.request({ method: 'PUT', path: member(workspaceId, userId), body: { role }, expect: done, ...once }),

    removeMember: (workspaceId: string, userId: string) =>
      http.request({ method: 'DELETE', path: member(workspaceId, userId), expect: doneOrGone, ...once }),

    /** A soft deletion, which `activatePerson` takes back. */
    deletePerson: (userId: string) => http.request({ method: 'DELETE', path: user(userId), expect: doneOrGone, ...once }),

    activatePerson: (userId: string) => http.request({ method: 'POST', path: user(userId, 'activate'), expect: done, ...once }),
  };
}
