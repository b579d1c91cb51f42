import type { z } from 'zod';
import { type HttpClient, type Personal, personal } from '../../outbound/outbound.ts';
import type { Fault } from '../fault.ts';
import { type Listed, PAGE_SIZE, readAll } from './paging.ts';
import * as wire from './schemas.ts';

/** On whose behalf calls are made: one attempt of a step. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly stepId: string;
  readonly beforeCall?: () => void;
}

export interface FastioSite {
  /** The target's id, for messages. */
  readonly id: string;
  readonly orgId: string;
}

export type FastioClient = ReturnType<typeof createFastioClient>;

/** The calls of Fastio that Leaver makes, as one attempt may make them. It knows paths and shapes, not what they mean. */
export function createFastioClient(http: HttpClient, site: FastioSite, caller: Caller) {
  return { ...readsOf(http, site, caller), ...changesOf(http, site, caller) };
}

const API = ['api', 'v1'];
const membersOf = (orgId: string) => [...API, 'orgs', orgId, 'members'];

function readsOf(http: HttpClient, { id, orgId }: FastioSite, caller: Caller) {
  const list = listReader(http, caller);
  const first = <T>(path: readonly string[], page: z.ZodType<wire.Page<T>>, filter: Readonly<Record<string, string>> = {}) =>
    http.request({ method: 'GET', path, query: { ...filter, limit: 1, offset: 0 }, expect: { 200: page }, ...bound(caller) });
  const members = { what: `${id}: the list of members`, path: membersOf(orgId), page: wire.memberPage, shrinks: true };
  return {
    /** All members; `email` is a filter that the server may ignore. */
    members: (email?: string) => list({ ...members, ...(email !== undefined && { filter: { email } }) }, (member) => member.user_id),

    /** Whether the list can be read at all. */
    firstMember: () => first(members.path, wire.memberPage),
    firstWorkspace: (userId: string) => first([...API, 'users', userId, 'workspaces'], wire.workspacePage),
    firstWebhook: () => first([...API, 'webhooks'], wire.webhookPage),
    firstDeletion: (userId: string) => first([...API, 'audit-logs'], wire.auditPage, { user_id: userId, event: 'user.deleted' }),

    /** The workspaces that the user owns. */
    workspaces: (userId: string) =>
      list(
        {
          what: `${id}: the workspaces of ${userId}`,
          path: [...API, 'users', personal(userId), 'workspaces'],
          page: wire.workspacePage,
          shrinks: true,
        },
        (workspace) => workspace.id,
      ),

    /** Everybody's webhooks. */
    webhooks: () =>
      list(
        { what: `${id}: the list of webhooks`, path: [...API, 'webhooks'], page: wire.webhookPage, shrinks: true },
        (webhook) => webhook.id,
      ),

    /** Audit events about the user; both filters may be ignored by the server. */
    auditEvents: (userId: string, event: string) =>
      list(
        {
          what: `${id}: the audit log`,
          path: [...API, 'audit-logs'],
          filter: { user_id: userId, event },
          page: wire.auditPage,
          shrinks: false,
        },
        (entry) => entry.id,
      ),
  };
}

function changesOf(http: HttpClient, { orgId }: FastioSite, caller: Caller) {
  const repeatable = { ...bound(caller), repeatable: true, idempotencyKey: caller.stepId };
  // Not repeated after an unclear end: what came of them is looked up first.
  const once = { ...repeatable, repeatable: false };
  const gone = { 200: wire.whatever, 204: wire.whatever, 404: wire.whatever };
  const user = (userId: string, ...rest: string[]) => [...API, 'users', personal(userId), ...rest];
  return {
    setStatus: (userId: string, status: 'active' | 'suspended') =>
      http.request({
        method: 'PUT',
        path: user(userId, 'status'),
        body: { status },
        expect: { 200: wire.statusChanged, 404: wire.whatever },
        ...repeatable,
      }),

    revokeSessions: (userId: string) =>
      http.request({ method: 'POST', path: user(userId, 'sessions', 'revoke-all'), expect: { ...gone, 200: wire.revoked }, ...repeatable }),

    deleteTokens: (userId: string) =>
      http.request({ method: 'DELETE', path: user(userId, 'tokens'), expect: { ...gone, 200: wire.deleted }, ...repeatable }),

    /** One step deletes several webhooks, so each has a key of its own: a server that keeps keys would take the second for the first. */
    deleteWebhook: (webhookId: string) => {
      const idempotencyKey = `${caller.stepId}:${webhookId}`;
      return http.request({ method: 'DELETE', path: [...API, 'webhooks', webhookId], expect: gone, ...repeatable, idempotencyKey });
    },

    transfer: (workspaceId: string, newOwnerId: string) => {
      const expect = { 200: wire.transferred, 202: wire.whatever, 404: wire.whatever };
      return http.request({
        method: 'POST',
        path: [...API, 'workspaces', workspaceId, 'transfer'],
        body: { new_owner_id: newOwnerId },
        expect,
        ...once,
      });
    },

    removeMember: (userId: string) =>
      http.request({ method: 'DELETE', path: [...membersOf(orgId), personal(userId)], expect: gone, ...once }),
  };
}

interface ListOf<T> {
  readonly what: string;
  readonly path: readonly (string | Personal)[];
  readonly filter?: Readonly<Record<string, string>>;
  readonly page: z.ZodType<wire.Page<T>>;
  readonly shrinks: boolean;
}

function listReader(http: HttpClient, caller: Caller) {
  return <T>({ what, path, filter, page, shrinks }: ListOf<T>, idOf: (item: T) => string): Promise<Listed<T> | Fault> => {
    const readPage = async (offset: number) => {
      const query = { ...filter, limit: PAGE_SIZE, offset };
      const answer = await http.request({ method: 'GET', path, query, expect: { 200: page }, ...bound(caller) });
      return answer.kind === 'fault' ? answer : answer.body;
    };
    return readAll({ what, readPage, idOf, shrinks });
  };
}

function bound({ signal, beforeCall }: Caller): Omit<Caller, 'stepId'> {
  return { signal, ...(beforeCall && { beforeCall }) };
}
