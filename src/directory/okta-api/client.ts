import { z } from 'zod';
import { type HttpClient, personal } from '../../outbound/outbound.ts';
import { user, users } from './schemas.ts';

export type OktaClient = ReturnType<typeof createOktaClient>;

/**
 * The calls of Okta's Users API that Leaver makes. It knows paths and shapes, not what they mean.
 *
 * @see https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/
 */
export function createOktaClient(http: HttpClient) {
  const path = ['api', 'v1', 'users'];
  return {
    /** By the id or the login; a login with a slash cannot be read this way, whatever is done to encode it. */
    user: (idOrLogin: string, signal: AbortSignal) =>
      http.request({ method: 'GET', path: [...path, personal(idOrLogin)], expect: { 200: user, 404: z.unknown() }, signal }),

    /** Everybody with this login or e-mail, deactivated people included; two are enough to know that it is not one. */
    withAddress: (address: string, signal: AbortSignal) => {
      const search = `profile.login eq ${quote(address)} or profile.email eq ${quote(address)}`;
      return http.request({ method: 'GET', path, query: { search, limit: 2 }, expect: { 200: users }, signal });
    },

    anybody: (signal: AbortSignal) => http.request({ method: 'GET', path, query: { limit: 1 }, expect: { 200: users }, signal }),
  };
}

/** As a string of Okta's search expressions, so that nothing in it can end it. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
