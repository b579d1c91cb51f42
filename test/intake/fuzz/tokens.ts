import { createHmac, KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import type { IssuerKey } from '../support/issuer.ts';

/** What the tokens of a channel are like. */
export interface TokenForm {
  readonly key: IssuerKey;
  readonly stranger: IssuerKey;
  readonly typ: string;
  /** Whether the receiver insists on the type. */
  readonly typeCounts?: boolean;
  /** Claims with which a token is good for nothing here, whoever has signed it. */
  readonly badClaims?: readonly Claims[];
}

export type Claims = Readonly<Record<string, unknown>>;

export interface MadeToken {
  readonly token: string;
  readonly isGenuine: boolean;
}

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs with ES256, at once: an arbitrary cannot wait. */
function signed({ privateKey }: IssuerKey, header: Claims, claims: unknown): string {
  const input = `${encode(header)}.${encode(claims)}`;
  const key = KeyObject.from(privateKey);
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

type Forge = (form: TokenForm, header: Claims, claims: Claims) => string;

/** Ways to make a token that its issuer never made for us. */
const FORGERIES: readonly Forge[] = [
  ({ stranger }, header, claims) => signed(stranger, header, claims),
  ({ stranger }, header, claims) => signed(stranger, { ...header, kid: undefined, jwk: stranger.publicJwk }, claims),
  ({ stranger }, header, claims) => signed(stranger, { ...header, kid: 'another', jku: 'http://127.0.0.1:9/keys' }, claims),
  (_form, header, claims) => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
  ({ key }, header, claims) => {
    const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    return `${input}.${createHmac('sha256', JSON.stringify(key.publicJwk)).update(input).digest('base64url')}`;
  },
  ({ key }, header, claims) => signed(key, { ...header, crit: ['b64'], b64: false }, claims),
  ({ key }, header, claims) => signed(key, header, { ...claims, iss: `${String(claims['iss'])}/` }),
  ({ key }, header, claims) => signed(key, header, { ...claims, aud: ['https://other.example.com'] }),
  ({ key }, header, claims) => signed(key, header, { ...claims, nbf: 4_000_000_000 }),
  ({ key }, header) => signed(key, header, 'no object'),
];

const ofAnotherType: Forge = ({ key }, header, claims) => signed(key, { ...header, typ: 'JWT' }, claims);

function forgeriesOf({ typeCounts = true, badClaims = [] }: TokenForm): Forge[] {
  return [
    ...FORGERIES,
    ...(typeCounts ? [ofAnotherType] : []),
    ...badClaims.map(
      (bad): Forge =>
        ({ key }, header, claims) =>
          signed(key, header, { ...claims, ...bad }),
    ),
  ];
}

/** A token with the claims, most often one of the issuer's; else a forgery, or something that looks like a token. */
export function tokens(form: TokenForm, claims: fc.Arbitrary<Claims>): fc.Arbitrary<MadeToken> {
  const header = { alg: 'ES256', kid: form.key.kid, typ: form.typ };
  const genuine = claims.map((all) => signed(form.key, header, all));
  const forged = fc.oneof(
    fc.tuple(fc.constantFrom(...forgeriesOf(form)), claims).map(([forge, all]) => forge(form, header, all)),
    fc.tuple(genuine, fc.nat(9_999), fc.constantFrom('A', 'z', '-', '.', '=')).map(changed),
    fc.tuple(genuine, fc.nat(9_999)).map(([token, at]) => token.slice(0, at % token.length)),
    genuine.chain((token) => rubbish(token.split('.'))),
  );
  return fc.oneof(
    { weight: 3, arbitrary: genuine.map((token) => ({ token, isGenuine: true })) },
    { weight: 2, arbitrary: forged.map((token) => ({ token, isGenuine: false })) },
  );
}

/** The last letter stays: some of its bits belong to no byte, so that another letter may be the same signature. */
function changed([token, at, letter]: [string, number, string]): string {
  const place = at % (token.length - 1);
  return token.slice(0, place) + (token[place] === letter ? '_' : letter) + token.slice(place + 1);
}

function rubbish(parts: readonly string[]): fc.Arbitrary<string> {
  const part = fc.oneof(fc.constantFrom(...parts), fc.stringMatching(/^[\w-]{0,30}$/), fc.json().map(encode));
  return fc
    .array(part, { maxLength: 5 })
    .map((all) => all.join('.'))
    .filter((token) => token !== parts.join('.'));
}
