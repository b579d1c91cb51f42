import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LeaverError } from '../kernel/errors.ts';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface OperatorToken {
  readonly name: string;
  readonly role: Role;
  /** Hex of the SHA-256 of the token; the token itself is kept nowhere. */
  readonly sha256: string;
}

export interface Operator {
  readonly name: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set by the check that every operator route has. */
    operator: Operator | null;
  }
}

/** Makes the check of a route: it lets pass whoever holds a token of at least the given role. */
export type RequireRole = (role: Role) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export function createAuth(tokens: readonly OperatorToken[]): RequireRole {
  return (role) => async (request, reply) => {
    const operator = findOperator(tokens, request.headers.authorization);
    if (!operator) {
      reply.header('www-authenticate', 'Bearer realm="leaver"');
      throw new LeaverError('unauthorized', 'Send an operator token as "Authorization: Bearer <token>". `leaver token new` makes one.');
    }
    if (ROLES.indexOf(operator.role) < ROLES.indexOf(role)) {
      throw new LeaverError('forbidden', `${operator.name} has the role ${operator.role}; this needs ${role}.`);
    }
    request.operator = operator;
  };
}

/** The name under which what a request asks for is recorded. */
export function operatorName(request: FastifyRequest): string {
  if (!request.operator) {
    throw new LeaverError('internal', 'A route that records its caller was reached without a check of who it is');
  }
  return request.operator.name;
}

function findOperator(tokens: readonly OperatorToken[], header: string | undefined): Operator | null {
  const match = /^Bearer +(\S+)$/i.exec(header ?? '');
  const digest = createHash('sha256')
    .update(match?.[1] ?? '')
    .digest();
  // Every token is compared, in constant time: how long a refusal takes says nothing.
  const found = tokens.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), digest));
  return match ? (found[0] ?? null) : null;
}
