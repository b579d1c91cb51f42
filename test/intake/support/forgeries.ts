import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, importJWK, type JWTPayload } from 'jose';
import type { TokenRefusal } from '../../../src/tokens/tokens.ts';
import { type Issuer, type IssuerKey, madeOnce, sign } from './issuer.ts';

/** What a forger or a mistaken sender has to work with. */
export interface Workshop {
  readonly issuer: Issuer;
  /** RSA, and published. */
  readonly key: IssuerKey;
  readonly claims: JWTPayload;
  readonly typ: string;
}

/** A token that must be refused, and why it must be. */
export interface Forgery {
  readonly what: string;
  readonly cause: TokenRefusal['cause'];
  readonly make: (workshop: Workshop) => Promise<string>;
}

const stranger = madeOnce('of-nobody', 'RS256');
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1_000);

export const FORGERIES: readonly Forgery[] = [
  {
    what: 'the algorithm none',
    cause: 'algorithm',
    make: async ({ claims, typ, key }) => `${encode({ alg: 'none', typ, kid: key.kid })}.${encode(claims)}.`,
  },
  {
    what: 'HMAC with the public key as its secret',
    cause: 'algorithm',
    make: async ({ claims, typ, key }) => {
      const pem = await exportSPKI((await importJWK(key.publicJwk, key.alg, { extractable: true })) as CryptoKey);
      const input = `${encode({ alg: 'HS256', typ, kid: key.kid })}.${encode(claims)}`;
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    },
  },
  { what: 'another type', cause: 'type', make: async ({ key, claims }) => await sign(key, claims, { typ: 'JWT' }) },
  { what: 'no type', cause: 'type', make: async ({ key, claims }) => await sign(key, claims) },
  {
    what: 'another issuer',
    cause: 'issuer',
    make: async ({ key, claims, typ }) => await sign(key, { ...claims, iss: 'https://evil.example.com' }, { typ }),
  },
  {
    what: 'another audience',
    cause: 'audience',
    make: async ({ key, claims, typ }) => await sign(key, { ...claims, aud: 'https://other.example.com' }, { typ }),
  },
  {
    what: 'a key that the issuer does not have',
    cause: 'unknown-key',
    make: async ({ claims, typ }) => await sign(await stranger(), claims, { typ }),
  },
  {
    what: 'another key under the name of one of the issuer',
    cause: 'signature',
    make: async ({ claims, typ, key }) => await sign({ ...(await stranger()), kid: key.kid }, claims, { typ }),
  },
  {
    what: 'a beginning in the future',
    cause: 'not-yet-valid',
    make: async ({ key, claims, typ }) => await sign(key, { ...claims, nbf: now() + 3_600 }, { typ }),
  },
  {
    what: 'a key that the token brings along (jwk)',
    cause: 'unknown-key',
    make: async ({ claims, typ }) => {
      const forged = await stranger();
      return await sign(forged, claims, { typ, jwk: forged.publicJwk });
    },
  },
  {
    what: 'an address of keys that the token brings along (jku)',
    cause: 'signature',
    make: async ({ claims, typ, key }) =>
      await sign({ ...(await stranger()), kid: key.kid }, claims, {
        typ,
        jku: 'http://127.0.0.1:9/jwks.json',
        x5u: 'http://127.0.0.1:9/x5u',
      }),
  },
  {
    what: 'one byte of the claims changed',
    cause: 'signature',
    make: async ({ key, claims, typ }) => {
      const [header, , signature] = (await sign(key, claims, { typ })).split('.');
      return `${header}.${encode({ ...claims, jti: `${claims.jti?.slice(0, -1)}~` })}.${signature}`;
    },
  },
  {
    what: 'one byte of the signature changed',
    cause: 'signature',
    make: async ({ key, claims, typ }) => {
      const token = await sign(key, claims, { typ });
      const place = token.length - 20;
      return token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
    },
  },
  {
    what: 'a part of a token',
    cause: 'malformed',
    make: async ({ key, claims, typ }) => (await sign(key, claims, { typ })).split('.').slice(0, 2).join('.'),
  },
];
