import { type AccessTokens, type HttpClient, unlessAborted } from '../../outbound/outbound.ts';
import type { Fault } from '../fault.ts';
import * as wire from './schemas.ts';

export interface TokenNeeds {
  /** Speaks to Flashback without a credential of its own. */
  readonly http: HttpClient;
  readonly token: string;
  readonly refreshToken: string;
}

/**
 * The access token, which is good for an hour, and a new one whenever it is no longer accepted. Callers who ask at once share one refresh.
 * A refresh may bring a new refresh token too; the configured one is tried again where that is not accepted.
 */
export function createRefreshedTokens({ http, token, refreshToken }: TokenNeeds): AccessTokens {
  const closing = new AbortController();
  let current: string | null = token;
  let latest = refreshToken;
  let asking: Promise<string | Fault> | null = null;

  const exchange = async (refreshToken: string) =>
    await http.request({
      method: 'POST',
      path: ['user', 'refresh'],
      body: { refreshToken, refresh_token: refreshToken },
      repeatable: false,
      expect: { 200: wire.refreshed },
      signal: closing.signal,
    });
  const refresh = async (): Promise<string | Fault> => {
    const first = await exchange(latest);
    const isRefused = first.kind === 'fault' && !first.retryable && latest !== refreshToken;
    const answer = isRefused ? await exchange(refreshToken) : first;
    if (answer.kind === 'fault') return answer;
    current = answer.body.accessToken;
    latest = answer.body.refreshToken ?? latest;
    return current;
  };

  return {
    get: async (signal) => {
      if (current !== null) return current;
      asking ??= refresh().finally(() => {
        asking = null;
      });
      return await unlessAborted(asking, signal);
    },
    drop: (refused) => {
      if (current === refused) current = null;
    },
    close: async () => {
      closing.abort();
      await asking?.catch(() => undefined);
      await http.close();
    },
  };
}
