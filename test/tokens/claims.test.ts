import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JWTPayload } from 'jose';
import type { TokenRules } from '../../src/tokens/signed-token.ts';
import { checkClaims } from '../../src/tokens/token-claims.ts';

const NOW = new Date('2026-03-02T08:00:00.000Z');
const SECONDS = NOW.getTime() / 1_000;
const RULES: TokenRules = { issuer: 'https://issuer.example.com', audience: 'us', jwksUri: 'https://issuer.example.com/keys' };
const GOOD: JWTPayload = { iss: 'https://issuer.example.com', aud: 'us', exp: SECONDS + 300, nbf: SECONDS - 300 };

const VERDICTS: readonly (readonly [string, Record<string, unknown>, Partial<TokenRules>, string | undefined])[] = [
  ['nothing is wrong', {}, {}, undefined],
  ['one of several audiences is us', { aud: ['them', 'us'] }, {}, undefined],
  ['no audience', { aud: undefined }, {}, 'audience'],
  ['another audience', { aud: 'them' }, {}, 'audience'],
  ['an audience that begins like ours', { aud: 'us2' }, {}, 'audience'],
  ['no audience in the list', { aud: [] }, {}, 'audience'],
  ['an audience that is no text', { aud: { us: 'us' } }, {}, 'audience'],
  ['no issuer', { iss: undefined }, {}, 'issuer'],
  ['another issuer', { iss: 'https://issuer.example.com.evil.example' }, {}, 'issuer'],
  ['the issuer with a slash at its end', { iss: 'https://issuer.example.com/' }, {}, 'issuer'],
  ['the issuer in other letters', { iss: 'https://ISSUER.example.com' }, {}, 'issuer'],
  ['an issuer that is a list', { iss: ['https://issuer.example.com'] }, {}, 'issuer'],
  ['one of several issuers', { iss: 'b' }, { issuer: ['a', 'b'] }, undefined],
  ['none of several issuers', { iss: 'c' }, { issuer: ['a', 'b'] }, 'issuer'],
  ['expired within the tolerance', { exp: SECONDS - 59 }, {}, undefined],
  ['expired', { exp: SECONDS - 60 }, {}, 'expired'],
  ['expired beyond a tolerance of its own', { exp: SECONDS - 6 }, { clockToleranceSeconds: 5 }, 'expired'],
  ['no expiry', { exp: undefined }, {}, 'malformed'],
  ['an expiry that is no time', { exp: String(SECONDS + 300) }, {}, 'malformed'],
  ['no expiry where none is needed', { exp: undefined }, { needsExpiry: false }, undefined],
  ['expired where the expiry is not looked at', { exp: 1 }, { needsExpiry: false }, undefined],
  ['valid in a moment', { nbf: SECONDS + 60 }, {}, undefined],
  ['not valid yet', { nbf: SECONDS + 61 }, {}, 'not-yet-valid'],
  ['not valid yet, where the expiry is not looked at', { nbf: SECONDS + 61 }, { needsExpiry: false }, 'not-yet-valid'],
  ['a beginning that is no time', { nbf: 'now' }, {}, 'malformed'],
];

for (const [what, claims, rules, cause] of VERDICTS) {
  test(`${what}: ${cause ?? 'accepted'}`, () => {
    assert.equal(checkClaims({ ...GOOD, ...claims } as JWTPayload, { ...RULES, ...rules }, NOW)?.cause, cause);
  });
}
