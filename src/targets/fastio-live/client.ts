import type { z } from 'zod';
import { LeaverError } from '../../kernel/errors.ts';
import { type HttpClient, type Personal, personal } from '../../outbound/outbound.ts';
import { type Listed, PAGE_SIZE, readAll } from '../fastio/paging.ts';
import type { Fault } from '../fault.ts';
import type { Place } from './place.ts';
import * as wire from './schemas.ts';

/** On whose behalf calls are made: one attempt of a step. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly beforeCall?: () => void;
}

export interface LiveSite {
  /** The target's id, for messages. */
  readonly id: string;
  readonly orgId: string;
}

export type LiveClient = ReturnType<typeof createLiveClient>;
type At = Pick<Place, 'kind' | 'id'>;

/**
 * The calls of the live Fast.io that Leaver makes, as one attempt may make them. It knows paths and shapes, not what they mean. Calls by which the
 * caller leaves, signs out, closes or deletes what is its own are not among them.
 */
export function createLiveClient(http: HttpClient, site: LiveSite, caller: Caller) {
  const bound: Caller = { signal: caller.signal, ...(caller.beforeCall && { beforeCall: caller.beforeCall }) };
  return { ...readsOf(http, site, bound), ...changesOf(http, bound) };
}

function readsOf(http: HttpClient, { id, orgId }: LiveSite, bound: Caller) {
  const list = listReader(http, bound);
  return {
    /** The account that makes the calls. */
    caller: () => http.request({ method: 'GET', path: ['user', 'auth', 'check'], expect: { 200: wire.caller }, ...bound }),

    /** Everybody who is a member of the place or was invited into it. */
    members: ({ kind, id: at }: At) =>
      list({ what: `${id}: the members of ${kind} ${at}`, path: [kind, at, 'members', 'list'], page: wire.memberPage }, keyOfMember),

    invitations: ({ kind, id: at }: At) =>
      list(
        {
          what: `${id}: the invitations into ${kind} ${at}`,
          path: [kind, at, 'members', 'invitations', 'list', 'pending'],
          page: wire.invitationPage,
        },
        (row) => row.id,
      ),

    /** Every workspace of the organization, where the caller is its owner or an admin. */
    workspaces: () =>
      list(
        { what: `${id}: the workspaces of ${orgId}`, path: ['org', orgId, 'list', 'workspaces'], page: wire.workspacePage },
        (row) => row.id,
      ),

    sharesIn: (workspaceId: string) =>
      list(
        { what: `${id}: the shares of workspace ${workspaceId}`, path: ['workspace', workspaceId, 'list', 'shares'], page: wire.sharePage },
        (row) => row.id,
      ),

    /** The shares that the caller is in, whatever they belong to. */
    shares: () => list({ what: `${id}: the list of shares`, path: ['shares', 'all'], page: wire.sharePage }, (row) => row.id),

    /** Links to single files of the workspace. */
    fileSharesIn: (workspaceId: string) =>
      list(
        {
          what: `${id}: the file shares of workspace ${workspaceId}`,
          path: ['workspace', workspaceId, 'list', 'fileshares'],
          page: wire.fileSharePage,
        },
        (row) => row.id,
      ),

    /** With whom a single file is shared by name: the first 1000, and no pages. */
    grants: (fileShareId: string) =>
      list(
        { what: `${id}: the grants of file share ${fileShareId}`, path: ['fileshare', fileShareId, 'grants'], page: wire.grantPage },
        (row) => `${row.user ?? ''} ${row.email ?? ''}`,
      ),

    /** Logins at other clouds that people have connected to the workspace. */
    identities: (workspaceId: string) =>
      list(
        {
          what: `${id}: the import identities of workspace ${workspaceId}`,
          path: ['imports', 'workspace', workspaceId, 'identities'],
          page: wire.identityPage,
        },
        (row) => row.id,
      ),

    /** Events about members of the organization since `from` (`YYYY-MM-DD HH:MM:SS`); the server may ignore each filter. */
    events: (event: string, from: string) =>
      list(
        {
          what: `${id}: the events of ${orgId}`,
          path: ['events', 'search'],
          // Hyphens in these two only: https://api.fast.io/current/llms/events/
          filter: { org_id: orgId, subcategory: 'members', visibility: 'external_audit_log', event, 'created-min': from },
          page: wire.eventPage,
          grows: true,
        },
        (row) => row.id,
      ),
  };
}

function keyOfMember({ id, email, invite }: wire.Member): string {
  return `${id ?? ''} ${email ?? ''} ${invite?.id ?? ''}`;
}

function changesOf(http: HttpClient, bound: Caller) {
  // Not repeated after an unclear end: what came of them is looked up first.
  const once = { ...bound, repeatable: false, expect: { 200: wire.whatever, 201: wire.whatever, 202: wire.whatever, 204: wire.whatever } };
  return {
    /** Somebody who has an account becomes a member at once. Nobody can be added as the owner. */
    addMember: ({ kind, id }: At, userId: string, permissions: string) =>
      http.request({ method: 'POST', path: [kind, id, 'members', exactly(userId)], form: { permissions }, ...once }),

    /** Doing it twice is the same as doing it once. `expires` is `YYYY-MM-DD HH:MM:SS` or empty, which takes an end away. */
    updateMember: ({ kind, id }: At, userId: string, form: { readonly permissions?: string; readonly expires?: string }) =>
      http.request({ method: 'POST', path: [kind, id, 'member', exactly(userId), 'update'], form, ...once, repeatable: true }),

    /** A POST and never a GET, which old servers take for the same. The new owner stands in the path. */
    transferOwnership: ({ kind, id }: At, newOwnerId: string) =>
      http.request({ method: 'POST', path: [kind, id, 'member', exactly(newOwnerId), 'transfer_ownership'], form: {}, ...once }),

    /** `members`, and with an id: `member` without one would take out whoever calls. */
    removeMember: ({ kind, id }: At, userId: string) =>
      http.request({ method: 'DELETE', path: [kind, id, 'members', exactly(userId)], ...once }),

    /** Doing it twice is the same as doing it once. Never without an account: whose grant it would be is not documented. */
    revokeGrant: (fileShareId: string, userId: string) =>
      http.request({
        method: 'DELETE',
        path: ['fileshare', fileShareId, 'grants'],
        query: { user: exact(userId) },
        ...once,
        repeatable: true,
      }),

    revokeIdentity: (workspaceId: string, identityId: string) =>
      http.request({
        method: 'POST',
        path: ['imports', 'workspace', workspaceId, 'identities', exact(identityId), 'revoke'],
        form: {},
        ...once,
      }),

    cancelInvitation: ({ kind, id }: At, invitationId: string) =>
      http.request({ method: 'DELETE', path: [kind, id, 'members', 'invitation', invitationId], ...once }),
  };
}

/**
 * The id as it may stand in the path of a change. Fast.io takes `me` and e-mail addresses in the place of an id, and an empty one for the caller:
 * none of these ever leaves.
 */
function exactly(userId: string): Personal {
  return personal(exact(userId));
}

function exact(id: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(id) && id.toLowerCase() !== 'me') return id;
  const message = `A call was not made, because ${JSON.stringify(id)} is not the id of an account: it would reach somebody else, or Leaver itself.`;
  throw new LeaverError('internal', message);
}

interface ListOf<T> {
  readonly what: string;
  readonly path: readonly (string | Personal)[];
  readonly filter?: Readonly<Record<string, string>>;
  readonly page: z.ZodType<wire.Page<T>>;
  /** A log, which nothing disappears from. */
  readonly grows?: boolean;
}

function listReader(http: HttpClient, bound: Caller) {
  return <T>({ what, path, filter, page, grows = false }: ListOf<T>, idOf: (item: T) => string): Promise<Listed<T> | Fault> => {
    const readPage = async (offset: number) => {
      const query = { ...filter, limit: PAGE_SIZE, offset };
      const answer = await http.request({ method: 'GET', path, query, expect: { 200: page }, ...bound });
      return answer.kind === 'fault' ? answer : answer.body;
    };
    return readAll({ what, readPage, idOf, shrinks: !grows });
  };
}
