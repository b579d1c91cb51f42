import type { ContextConfigDefault, FastifyBaseLogger, FastifyError, FastifyRequest, FastifySchema, RouteHandlerMethod } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { LeaverError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { authenticate, type OperatorAccess, type Role, requireRole } from './auth.ts';
import type { Http } from './build-http.ts';
import { knownError, problemView } from './problem.ts';

/** Who may call a route: everybody who has at least a role, or everybody, which has to be said aloud as well. */
export type Permission = Role | 'public';

type Raw = Http['server'];
type Incoming = import('node:http').IncomingMessage;
type Outgoing = import('node:http').ServerResponse;

/** A handler whose request follows from the schema of its route. */
export type OperatorHandler<Schema extends FastifySchema> = RouteHandlerMethod<
  Raw,
  Incoming,
  Outgoing,
  { Reply: unknown },
  ContextConfigDefault,
  Schema,
  ZodTypeProvider,
  FastifyBaseLogger
>;

type AddRoute = <const Schema extends FastifySchema>(
  path: string,
  permission: Permission,
  schema: Schema,
  handler: OperatorHandler<Schema>,
) => void;

/**
 * Adds routes of the operator API. The permission is an argument like the path: a route cannot be written without one.
 *
 * A refused call is logged with who it was, as far as that is known, and so is every call that changes something, with what came of it.
 */
export interface OperatorRoutes {
  readonly get: AddRoute;
  readonly post: AddRoute;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission;
  }
}

export function operatorRoutes(http: Http, access: OperatorAccess): OperatorRoutes {
  const add =
    (method: 'GET' | 'POST'): AddRoute =>
    (path, permission, schema, handler) => {
      http.route({
        method,
        url: path,
        config: { permission },
        schema: permission === 'public' ? schema : withRefusals(schema),
        ...(permission !== 'public' && { onRequest: guard(permission, access) }),
        onError: async (request, _reply, error) => logRefusal(request, method, error),
        handler: method === 'POST' ? logged(handler as unknown as Handler) : (handler as unknown as Handler),
      });
    };
  return { get: add('GET'), post: add('POST') };
}

type Handler = RouteHandlerMethod<Raw, Incoming, Outgoing>;

/** What every route that asks who calls may answer. */
function withRefusals(schema: FastifySchema): FastifySchema {
  const response = { 401: problemView, 403: problemView, 429: problemView, 503: problemView, ...(schema.response as object) };
  return { ...schema, security: [{ operator: [] }], response };
}

/** Before the body is read: whoever may not ask cannot make us read a megabyte. */
function guard(role: Role, access: OperatorAccess) {
  return async (request: FastifyRequest): Promise<void> => {
    request.operator = await authenticate(request.headers.authorization, access);
    requireRole(request.operator, role);
  };
}

/** Here, and not when the answer has been sent: a client that does not wait for it has changed something all the same. */
function logged(handler: Handler): Handler {
  return async function (this: Http, request, reply) {
    const answer: unknown = await Reflect.apply(handler, this, [request, reply]);
    request.log.info(
      { ...callOf(request), status: reply.statusCode, location: reply.getHeader('location') },
      'a call of an operator was carried out',
    );
    return answer;
  };
}

const REFUSALS: ReadonlySet<string> = new Set(['unauthorized', 'forbidden']);

/** Of a call that only asks, it is not worth a line that something was not there. Its message may name people, so the code must do. */
function logRefusal(request: FastifyRequest, method: string, thrown: FastifyError | LeaverError): void {
  const { code, message, details } = knownError(thrown);
  const isRefusal = REFUSALS.has(code);
  if (isRefusal || method === 'POST') {
    const operator = request.operator?.name ?? details['operator'] ?? null;
    const why = isRefusal ? { reason: message, from: request.ip } : {};
    request.log.warn({ ...callOf(request), operator, code, ...why }, 'a call of an operator was refused');
  }
}

/** The route as it is written in the code: a path as it was sent may hold anything. */
function callOf({ operator, method, routeOptions, id, params }: FastifyRequest): object {
  const { id: asked = '' } = (params ?? {}) as { id?: string };
  const about = isId(asked) ? { caseId: asked } : {};
  return { operator: operator?.name, role: operator?.role, method, route: routeOptions.url, ...about, request: id };
}
