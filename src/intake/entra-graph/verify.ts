import type { TokenVerifier } from '../../tokens/tokens.ts';
import { matchSecret } from '../match-secret.ts';

/** Microsoft Graph's own application, by which its validation tokens are made. */
const GRAPH_APP = '0bf30f3b-4a52-48df-9a82-234910c4a086';

/** Whether the item carries a secret of ours; each is compared, in constant time: neither a prefix, a length nor a place can be found out. */
export function matchesClientState(given: string | null, expected: readonly string[]): boolean {
  return matchSecret(given, expected) !== null;
}

/** `unknown`: nobody can say now; the sender must come again. */
export type TokensVerdict =
  | { readonly kind: 'genuine' }
  | { readonly kind: 'unknown'; readonly reason: string; readonly retryAfterMs: number }
  | { readonly kind: 'forged'; readonly reason: string };

/**
 * Whether all the validation tokens of a delivery were made by Microsoft Graph, for our application and our tenant. One that was not is enough to
 * believe nothing of the delivery.
 *
 * @see https://learn.microsoft.com/graph/change-notifications-with-resource-data#validation-tokens-in-the-change-notification
 */
export async function checkValidationTokens(verifier: TokenVerifier, tokens: readonly string[], tenantId: string): Promise<TokensVerdict> {
  for (const token of tokens) {
    const verified = await verifier.verify(token);
    if (verified.kind === 'refused') {
      const { message: reason, retryAfterMs } = verified;
      return retryAfterMs === null ? { kind: 'forged', reason } : { kind: 'unknown', reason, retryAfterMs };
    }
    const { appid, azp, tid } = verified.payload;
    if ((azp ?? appid) !== GRAPH_APP) return { kind: 'forged', reason: 'The token was made for another application than Microsoft Graph.' };
    if (tid !== tenantId) return { kind: 'forged', reason: 'The token was made for another tenant.' };
  }
  return { kind: 'genuine' };
}
