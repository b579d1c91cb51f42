import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { LeaverError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { API_INFO } from './openapi.ts';
import { sendProblem } from './problem.ts';
import { traceRequests } from './trace-requests.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set where another answer than 401 tells a sender that it did not prove who it is. */
    isForged: boolean;
  }
}

/** The server as routes see it: schemas are zod, and types follow from them. */
export type Http = FastifyInstance<
  import('node:http').Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface HttpOptions {
  readonly log: Log;
  /** Whether `X-Forwarded-For` says who calls; only behind a proxy that sets it. */
  readonly trustProxy: boolean;
  readonly rateLimit: { readonly max: number; readonly windowSeconds: number };
}

/** Largest body that is read, in bytes. */
export const BODY_LIMIT = 1_048_576;

const UNLIMITED = new Set(['/livez', '/readyz', '/metrics']);

/** Longer than any path that Node takes, so that an endless name in a path meets the same checks and the same 404 as any other. */
const MAX_PARAM_LENGTH = 16_384;

/** A server that knows no feature: limits, headers, errors and schemas, onto which features put their routes. */
export async function buildHttp({ log, trustProxy, rateLimit: limit }: HttpOptions): Promise<Http> {
  const http: Http = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(serializerCompiler);
  http.setErrorHandler(sendProblem);
  http.setNotFoundHandler(async (request) => {
    throw new LeaverError('not-found', `Leaver has no ${request.method} ${request.url.split('?')[0]}.`);
  });
  http.decorateRequest('operator', null);
  http.decorateRequest('isForged', false);
  traceRequests(http, UNLIMITED);
  closeConnectionsAtTheEnd(http);
  await http.register(helmet);
  await http.register(rateLimit, {
    global: false,
    max: limit.max,
    timeWindow: limit.windowSeconds * 1_000,
    allowList: ({ routeOptions }) => UNLIMITED.has(routeOptions.url ?? ''),
    errorResponseBuilder: (_request, { ttl }) =>
      new LeaverError('rate-limited', 'Too many requests from this address. Wait as long as Retry-After says.', { retryAfterMs: ttl }),
  });
  // For the whole server, and so before the checks of a route: who guesses tokens or secrets is counted too.
  http.addHook('onRequest', http.rateLimit());
  await http.register(swagger, { openapi: API_INFO, transform: jsonSchemaTransform });
  return http;
}

/**
 * The end of the server waits for requests that are under way and for nothing else: a connection that is kept alive, or on which nothing was ever
 * asked, would hold it up for a minute.
 */
function closeConnectionsAtTheEnd(http: Http): void {
  const underWay = new Set<ServerResponse>();
  let closing = false;
  const closeWhenIdle = (): void => {
    if (closing && underWay.size === 0) {
      http.server.closeAllConnections();
    }
  };
  http.addHook('onRequest', async (_request, { raw }) => {
    underWay.add(raw);
    raw.once('close', () => {
      underWay.delete(raw);
      closeWhenIdle();
    });
  });
  http.addHook('preClose', async () => {
    closing = true;
    closeWhenIdle();
  });
}
