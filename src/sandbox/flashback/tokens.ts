import { randomUUID } from 'node:crypto';
import type { Reply } from '../troubled.ts';

/** The access token that is good at present, and the refresh token that brings the next one and is then used up. */
export interface Tokens {
  readonly current: string;
  accepts(authorization: string): boolean;
  expire(): void;
  refresh(body: Readonly<Record<string, unknown>>): Reply;
}

export interface TokenOptions {
  readonly token?: string;
  readonly refreshToken?: string;
  readonly spelling?: 'camel' | 'snake';
}

export function createTokens({
  token = 'flashback-sandbox-token',
  refreshToken = 'flashback-sandbox-refresh',
  spelling = 'camel',
}: TokenOptions): Tokens {
  let current = token;
  let refreshing = refreshToken;
  return {
    get current() {
      return current;
    },
    accepts: (authorization) => authorization === `Bearer ${current}`,
    expire: () => {
      current = `access-${randomUUID()}`;
    },
    refresh(body) {
      if (body[spelling === 'camel' ? 'refreshToken' : 'refresh_token'] !== refreshing) {
        return { status: 401, body: { success: false, error_code: 'INVALID_REFRESH_TOKEN', message: 'Invalid refresh token' } };
      }
      current = `access-${randomUUID()}`;
      refreshing = `refresh-${randomUUID()}`;
      const tokens =
        spelling === 'camel' ? { accessToken: current, refreshToken: refreshing } : { access_token: current, refresh_token: refreshing };
      return { status: 200, body: { success: true, ...tokens, expiresAt: new Date(0).toISOString() } };
    },
  };
}
