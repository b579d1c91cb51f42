import fc from 'fast-check';
import { TYPE } from '../okta-revocation/stage.ts';
import { addresses, type Fuzzed, posts } from './attempt.ts';
import { bytes, mutated, toBytes } from './shapes.ts';
import { type TokenForm, tokens } from './tokens.ts';

const BODIES = [
  { sub_id: { format: 'email', email: 'user@example.com' } },
  { sub_id: { format: 'iss_sub', iss: 'https://acme.okta.example', sub: '00u1' } },
];

export function fuzzedRevocation(connection: string, issuer: string, audience: string, keys: Omit<TokenForm, 'typ'>): Fuzzed {
  const now = Math.floor(Date.now() / 1_000);
  const claims = fc
    .record({
      jti: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, fc.constant('the-same')),
      sub: fc.string(),
      more: fc.jsonValue({ maxDepth: 1 }),
    })
    .map((own) => ({ ...own, iss: issuer, aud: audience, iat: now, nbf: now - 300, exp: now + 86_400 }));
  return {
    name: 'okta-revocation',
    attempts: posts({
      path: addresses(`/intake/okta/${connection}/revocation`),
      headers: { 'content-type': 'application/json' },
      body: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...BODIES.map(toBytes)) }, bytes(mutated(...BODIES))),
      prove: tokens({ ...keys, typ: TYPE }, claims).map(({ token, isGenuine }) => () => ({
        isGenuine,
        headers: { authorization: `Bearer ${token}` },
      })),
    }),
  };
}
