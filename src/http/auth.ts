import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { LeaverError } from '../kernel/errors.ts';
import { type Operator, ROLES, type Role } from './operator.ts';

export { type Operator, ROLES, type Role } from './operator.ts';

export interface OperatorToken {
  readonly name: string;
  readonly role: Role;
  /** Hex of the SHA-256 of the token; the token itself is kept nowhere. */
  readonly sha256: string;
}

/** Tells who holds a token that an OpenID provider has signed. */
export type SignedTokenCheck = (token: string) => Promise<Operator>;

export interface OperatorAccess {
  readonly tokens: readonly OperatorToken[];
  /** Null where no OpenID provider is configured. */
  readonly oidc: SignedTokenCheck | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set by the check that every operator route has. */
    operator: Operator | null;
  }
}

/**
 * Who sends an Authorization header.
 *
 * @throws LeaverError `unauthorized`; `forbidden` where somebody is known who has no role; `unavailable` when that cannot be told now
 */
export async function authenticate(header: string | undefined, { tokens, oidc }: OperatorAccess): Promise<Operator> {
  const token = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (token === undefined) {
    throw new LeaverError('unauthorized', 'Send an operator token as "Authorization: Bearer <token>". `leaver token new` makes one.');
  }
  const holder = findHolder(tokens, token);
  if (holder) {
    return holder;
  }
  if (oidc !== null && token.split('.').length === 3) {
    return await oidc(token);
  }
  throw new LeaverError(
    'unauthorized',
    'This operator token is not known here. `leaver token new` makes one, with the line for the configuration.',
  );
}

/** @throws LeaverError `forbidden` */
export function requireRole({ name, role }: Operator, needed: Role): void {
  if (ROLES.indexOf(role) < ROLES.indexOf(needed)) {
    throw new LeaverError('forbidden', `${name} has the role ${role}; this needs ${needed}.`);
  }
}

/** The name under which what a request asks for is recorded. */
export function operatorName(request: FastifyRequest): string {
  if (!request.operator) {
    throw new LeaverError('internal', 'A route that records its caller was reached without a check of who it is');
  }
  return request.operator.name;
}

/** Every token is compared, in constant time: how long a refusal takes says nothing. */
function findHolder(tokens: readonly OperatorToken[], token: string): Operator | undefined {
  const digest = createHash('sha256').update(token).digest();
  const [found] = tokens.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), digest));
  return found && { name: found.name, role: found.role };
}
