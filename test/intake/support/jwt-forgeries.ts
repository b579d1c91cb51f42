import type { TokenRefusal } from '../../../src/tokens/tokens.ts';
import { FORGERIES, type Forgery } from './forgeries.ts';
import { sign } from './issuer.ts';

const now = (): number => Math.floor(Date.now() / 1_000);

/** What was made for another channel, and must not be taken for a token of Entra's. */
const OTHER_TYPES = ['secevent+jwt', 'global-token-revocation+jwt', 'logout+jwt'].map(
  (typ): Forgery => ({ what: `the type ${typ}`, cause: 'type', make: async ({ key, claims }) => await sign(key, claims, { typ }) }),
);

/** Whatever must be refused where the type is `JWT`, or is not said, as with the tokens that Entra signs. */
export const JWT_FORGERIES: readonly Forgery[] = [
  ...FORGERIES.filter(({ cause }) => cause !== 'type'),
  ...OTHER_TYPES,
  {
    what: 'an end in the past',
    cause: 'expired',
    make: async ({ key, claims, typ }) => await sign(key, { ...claims, exp: now() - 61 }, { typ }),
  },
  {
    what: 'no end',
    cause: 'malformed',
    make: async ({ key, claims: { exp: _, ...claims }, typ }) => await sign(key, claims, { typ }),
  },
];

/** How a refusal says its cause: a forgery that is refused for another reason proves nothing. */
export const SAID: Readonly<Record<TokenRefusal['cause'], RegExp>> = {
  malformed: /not a signed JWT|does not say until when/,
  algorithm: /signed with the algorithm/,
  type: /is of the type/,
  issuer: /is issued by/,
  audience: /is made for/,
  expired: /has expired/,
  'not-yet-valid': /not valid yet/,
  // The second key that nobody knows, shortly after the first: its issuer may have it since, so the sender is told to come again.
  'unknown-key': /The issuer has no key|is not known here/,
  'key-not-yet-known': /is not known here/,
  signature: /signature of the token is not one of the key/,
  'keys-unreachable': /keys of the issuer cannot be fetched/,
};
