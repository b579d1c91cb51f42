import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import swagger from '@fastify/swagger';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { LeaverError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { answerClientError, BARE_HEADERS } from './client-error.ts';
import { finishDescription } from './finish-description.ts';
import { API_INFO } from './openapi.ts';
import { sendProblem } from './problem.ts';
import { limitRates, type RateLimit, UNLIMITED } from './rate-limit.ts';
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
  /**
   * Who is believed when `X-Forwarded-For` says who calls: nobody; whoever connects, so that there must be one proxy and no way around it; or the
   * proxies with these addresses.
   */
  readonly trustProxy: boolean | readonly string[];
  readonly rateLimit: RateLimit;
  readonly timeouts?: Timeouts;
}

/** How long a client may take, in milliseconds. */
export interface Timeouts {
  /** To send its headers. */
  readonly headersMs: number;
  /** To send all of its request. */
  readonly requestMs: number;
  /** To say nothing while something is awaited of it. */
  readonly idleMs: number;
}

const TIMEOUTS: Timeouts = { headersMs: 10_000, requestMs: 30_000, idleMs: 60_000 };

/** Largest body that is read, in bytes. */
export const BODY_LIMIT = 1_048_576;

/** Of the request line and all headers, in bytes. */
const HEADER_LIMIT = 16_384;

/** A server that knows no feature: limits, headers, errors and schemas, onto which features put their routes. */
export async function buildHttp({ log, trustProxy, rateLimit, timeouts = TIMEOUTS }: HttpOptions): Promise<Http> {
  const http: Http = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trusted(trustProxy),
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    http: {
      maxHeaderSize: HEADER_LIMIT,
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: Math.min(5_000, Math.ceil(timeouts.headersMs / 2)),
    },
    requestTimeout: timeouts.requestMs,
    connectionTimeout: timeouts.idleMs,
    clientErrorHandler: answerClientError,
    return503OnClosing: true,
    // As long as the headers may be, so that an endless name in a path meets the same checks and the same 404 as any other.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: HEADER_LIMIT },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply.headers(BARE_HEADERS)),
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
  refuseUnguardedRoutes(http);
  closeConnectionsAtTheEnd(http);
  await http.register(helmet, SECURITY_HEADERS);
  await limitRates(http, rateLimit);
  await http.register(swagger, { openapi: API_INFO, transform: jsonSchemaTransform, transformObject: finishDescription });
  return http;
}

/** With one proxy, what counts is the address that it has put last; what stands before that, the client may have made up. */
function trusted(trustProxy: HttpOptions['trustProxy']) {
  if (typeof trustProxy === 'boolean') {
    return trustProxy ? (_address: string, hop: number) => hop === 0 : false;
  }
  return [...trustProxy];
}

/** Nothing that the service answers is a page that loads anything, but for the one at `/docs`. */
const SECURITY_HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
  },
  frameguard: { action: 'deny' },
};

/** Routes of the operator API are added by `operatorRoutes`, which asks for the permission. */
function refuseUnguardedRoutes(http: Http): void {
  http.addHook('onRoute', ({ method, url, config }) => {
    if (url.startsWith('/v1/') && config?.permission === undefined) {
      throw new LeaverError('internal', `${method} ${url} does not say who may call it`);
    }
  });
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
