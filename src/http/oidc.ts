import { createHash } from 'node:crypto';
import { LeaverError } from '../kernel/errors.ts';
import { createTokenVerifier, discoverKeys, type TokenRefusal, type TokenVerifierNeeds } from '../tokens/tokens.ts';
import type { SignedTokenCheck } from './auth.ts';
import { ROLES, type Role } from './operator.ts';

/** Which tokens of an OpenID provider let operators in, and as what. */
export interface OidcRules {
  readonly issuer: string;
  readonly audience: string;
  /** By default the provider says itself where its keys are, in its discovery document. */
  readonly jwksUri?: string | undefined;
  /** By default everything that proves who signed; never `none`, never HMAC. */
  readonly algorithms?: readonly string[] | undefined;
  /** The claim that carries groups or roles: its name, or the names on the way to it with dots between. */
  readonly claim: string;
  /** The role of each value of that claim; whoever has several has the highest. */
  readonly roles: Readonly<Record<string, Role>>;
  /** The claim by which an operator is recorded. */
  readonly nameClaim: string;
}

/** RFC 9068, and those providers that name no type or the general one. A logout token or a security event is no access token. */
const ACCESS_TOKENS = ['at+jwt', 'jwt', ''];

/** Reads operators out of bearer tokens that the OpenID provider has signed for us. */
export function createOidc(rules: OidcRules, needs: TokenVerifierNeeds): SignedTokenCheck {
  const { issuer, audience, jwksUri = discoverKeys(issuer), algorithms } = rules;
  const verifier = createTokenVerifier({ issuer, audience, jwksUri, typ: ACCESS_TOKENS, ...(algorithms && { algorithms }) }, needs);
  return async (token) => {
    const verdict = await verifier.verify(token);
    if (verdict.kind === 'refused') {
      throw refusal(verdict);
    }
    const name = nameOf(verdict.payload, rules.nameClaim);
    return { name, role: roleOf(verdict.payload, rules, name) };
  };
}

/** What only we cannot do now must not pass for a bad token: whoever holds a good one would throw it away. */
function refusal({ message, retryAfterMs }: TokenRefusal): LeaverError {
  return retryAfterMs === null ? new LeaverError('unauthorized', message) : new LeaverError('unavailable', message, { retryAfterMs });
}

const NAME = /^[\x21-\x7e]{1,200}$/;

function nameOf(claims: object, claim: string): string {
  const name = claimAt(claims, claim);
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new LeaverError(
      'unauthorized',
      `The token does not say who holds it: its claim ${claim} (operators.oidc.nameClaim) is no short name.`,
    );
  }
  return `oidc:${name.includes('@') ? withoutAddress(name) : name}`;
}

/** What is recorded stays for good, so no e-mail address goes into it: `ada~1f0c29ab` tells one Ada from another all the same. */
function withoutAddress(email: string): string {
  const digest = createHash('sha256').update(email.toLowerCase()).digest('hex');
  return `${email.slice(0, email.indexOf('@'))}~${digest.slice(0, 8)}`;
}

function roleOf(claims: object, { claim, roles }: OidcRules, name: string): Role {
  const values = [claimAt(claims, claim)].flat();
  const held = values.flatMap((value) => (typeof value === 'string' && Object.hasOwn(roles, value) ? [roles[value]] : []));
  const role = ROLES.findLast((one) => held.includes(one));
  if (role === undefined) {
    const message = `${name} has no role here: the claim ${claim} of the token holds none of the values under operators.oidc.roles.`;
    throw new LeaverError('forbidden', message, { details: { operator: name } });
  }
  return role;
}

/** Some providers have dots within the name of a claim (`https://acme.com/roles`), so the whole name is tried first. */
function claimAt(claims: object, path: string): unknown {
  return ownValue(claims, path) ?? path.split('.').reduce<unknown>(ownValue, claims);
}

function ownValue(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
