import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Http } from '../../http/build-http.ts';
import { problemView } from '../../http/problem.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { securityEventToken } from '../bodies.ts';
import type { Intake } from '../intake.ts';
import { matchSecret } from '../match-secret.ts';
import { keepRawBody, rawBodyOf, sha256Of } from '../raw-body.ts';
import type { Meaning } from '../signal.ts';
import { CHANNEL, logStored, receiveSet, type SetError, type SharedSignalsStream } from './verify.ts';

export interface SharedSignalsNeeds {
  readonly streams: readonly SharedSignalsStream[];
  readonly meanings: Readonly<Record<string, Meaning>>;
  readonly intake: Intake;
}

const params = z.object({ connection: z.string() });
const errorView = z.object({ err: z.string(), description: z.string() });

/**
 * Where a Shared Signals transmitter pushes its security event tokens.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8935
 */
export function sharedSignalsRoutes(http: Http, { streams, meanings, intake }: SharedSignalsNeeds): void {
  const byConnection = new Map(streams.map((stream) => [stream.connection, stream]));
  const schema = {
    tags: ['intake'],
    summary: 'A Shared Signals transmitter pushes a security event token; answered once it is stored',
    params,
    ...securityEventToken,
    response: {
      202: z.undefined().describe('Stored, now or before'),
      400: errorView.describe('Refused, with a code of RFC 8935'),
      401: errorView.describe('The Authorization header is not the one of the stream'),
      404: problemView,
      413: problemView,
      429: problemView,
      503: problemView,
    },
  };
  http.register((scope: Http, _options, done) => {
    keepRawBody(scope);
    scope.post(
      '/intake/ssf/:connection/events',
      { schema, onRequest: async (request, reply) => await checkTransport(findStream(byConnection, request), request, reply) },
      async (request, reply) => {
        const body = rawBodyOf(request);
        const stream = findStream(byConnection, request);
        const received = await receiveSet(stream, body.toString('latin1').trim(), sha256Of(body), meanings);
        if (received.kind === 'refused' && received.retryAfterMs !== null) {
          // A transmitter may take a 400 for its last word, and the token may be the first one of a new key.
          throw new LeaverError('unavailable', `${received.error.description} Nothing was stored.`, {
            retryAfterMs: received.retryAfterMs,
          });
        }
        if (received.kind === 'refused') {
          return await refuse(request, reply, 400, received.error);
        }
        logStored(request.log, received.signals, await intake.accept(received.signals));
        return await reply.status(202).send();
      },
    );
    done();
  });
}

function findStream(streams: ReadonlyMap<string, SharedSignalsStream>, request: FastifyRequest): SharedSignalsStream {
  const stream = streams.get(params.parse(request.params).connection);
  if (!stream) {
    throw new LeaverError('not-found', 'There is no Shared Signals connection of this name.');
  }
  return stream;
}

/** Before the body is read: who has not the header of the stream cannot make us read a megabyte, nor can who sends something else. */
async function checkTransport({ bearer }: SharedSignalsStream, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (bearer.length > 0 && matchSecret(request.headers.authorization, bearer) === null) {
    const description = 'The Authorization header is not the one of this stream. Nothing was stored.';
    return await refuse(request, reply.header('www-authenticate', 'Bearer'), 401, { err: 'authentication_failed', description });
  }
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/secevent+jwt') {
    const description = 'The content type must be application/secevent+jwt. Nothing was stored.';
    return await refuse(request, reply, 400, { err: 'invalid_request', description });
  }
  return undefined;
}

/** RFC 8935, section 2.3. */
async function refuse(request: FastifyRequest, reply: FastifyReply, status: 400 | 401, error: SetError): Promise<FastifyReply> {
  request.isForged = error.err !== 'invalid_request';
  request.log.warn({ channel: CHANNEL, ...error }, 'a security event token was refused');
  return await reply.status(status).header('content-language', 'en').send(error);
}
