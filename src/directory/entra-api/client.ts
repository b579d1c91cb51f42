import { z } from 'zod';
import { type HttpClient, personal } from '../../outbound/outbound.ts';
import { deletedUser, manager, page, user } from './schemas.ts';

export type EntraClient = ReturnType<typeof createEntraClient>;

const PERSON = 'id,displayName,mail,userPrincipalName';
const SELECT = `${PERSON},accountEnabled,proxyAddresses`;
const EXPAND = `manager($select=${PERSON})`;

/**
 * The calls of Microsoft Graph by which people are read. It knows paths and shapes, not what they mean.
 *
 * @see https://learn.microsoft.com/graph/api/user-get
 */
export function createEntraClient(http: HttpClient) {
  const gone = z.unknown();
  return {
    /** By the id, or by the user principal name. */
    user: (key: string, signal: AbortSignal) =>
      http.request({
        method: 'GET',
        path: ['users', personal(key)],
        query: { $select: SELECT, $expand: EXPAND },
        expect: { 200: user, 404: gone },
        signal,
      }),

    /** Everybody with this mail address; two are enough to know that it is not one. */
    withMail: (mail: string, signal: AbortSignal) => {
      const filter = `mail eq '${mail.replaceAll("'", "''")}'`;
      return http.request({
        method: 'GET',
        path: ['users'],
        query: { $filter: filter, $select: SELECT, $top: 2 },
        expect: { 200: page },
        signal,
      });
    },

    /** Kept for 30 days after the deletion. */
    deletedUser: (id: string, signal: AbortSignal) =>
      http.request({
        method: 'GET',
        path: ['directory', 'deletedItems', 'microsoft.graph.user', personal(id)],
        query: { $select: PERSON },
        expect: { 200: deletedUser, 404: gone },
        signal,
      }),

    managerOf: (id: string, signal: AbortSignal) =>
      http.request({
        method: 'GET',
        path: ['users', personal(id), 'manager'],
        query: { $select: `${PERSON},accountEnabled` },
        expect: { 200: manager, 404: gone },
        signal,
      }),

    anybody: (signal: AbortSignal) =>
      http.request({ method: 'GET', path: ['users'], query: { $top: 1, $select: SELECT }, expect: { 200: page }, signal }),
  };
}
