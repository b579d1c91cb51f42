import { z } from 'zod';
import { fetchJson } from '../outbound/outbound.ts';
import type { KeySource } from './key-set.ts';

const DOCUMENT = z.object({ issuer: z.string(), jwks_uri: z.string() });
const FETCH_MS = 3_000;
const LARGEST = 262_144;

/**
 * Finds the key set of an OpenID provider in its discovery document, anew at each fetch of the keys, so that a provider may move them.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
 */
export function discoverKeys(issuer: string): KeySource {
  const address = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
  return async () => {
    const fetched = await fetchJson(address, { timeoutMs: FETCH_MS, largest: LARGEST });
    if (fetched.kind === 'failed') {
      throw new Error(`${address}: ${fetched.reason}`);
    }
    const document = DOCUMENT.safeParse(fetched.body);
    if (fetched.status !== 200 || !document.success) {
      throw new Error(`${address} answered ${fetched.status}${fetched.status === 200 ? ' without an issuer and a jwks_uri' : ''}`);
    }
    return keysOf(document.data, issuer, address);
  };
}

/** Section 4.3: a document that speaks for another issuer is not believed. */
function keysOf({ issuer: named, jwks_uri: keys }: z.infer<typeof DOCUMENT>, issuer: string, address: string): string {
  if (named !== issuer) {
    throw new Error(`${address} is the document of another issuer; write the issuer letter for letter as it stands there`);
  }
  if (!isSafe(keys)) {
    throw new Error(`${address} names keys that are not at an https address`);
  }
  return keys;
}

function isSafe(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname));
}
