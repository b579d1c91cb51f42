import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { createAccessTokens, createHttpClient, type HttpClient, type HttpSettings, withAccessToken } from '../../outbound/outbound.ts';

export interface GraphSite {
  readonly connection: string;
  /** Where Graph is, its version included. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly http: HttpSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** A client of Microsoft Graph that is signed in as an application, with whatever permissions its owner gave it. */
export function openGraph({ connection, baseUrl, tokenUrl, clientId, clientSecret, http, clock, log }: GraphSite): HttpClient {
  const credential = `connections[${connection}].graph.clientSecret`;
  const open = (url: string) => createHttpClient({ ...http, name: connection, baseUrl: url, headers: () => ({}), credential, clock, log });
  const at = tokenUrl.lastIndexOf('/');
  const form = async () => ({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: `${new URL(baseUrl).origin}/.default`,
  });
  const tokens = createAccessTokens({ http: open(tokenUrl.slice(0, at)), segment: tokenUrl.slice(at + 1), form, credential, clock });
  return withAccessToken(open(baseUrl), tokens);
}
