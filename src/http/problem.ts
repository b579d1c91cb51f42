import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode, LeaverError } from '../kernel/errors.ts';

export const PROBLEM_JSON = 'application/problem+json';

/** Problem details, RFC 9457. `type` is a stable name for the kind of error. */
export const problemView = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    /** By which the log knows this very request. */
    instance: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'Problem details, RFC 9457; docs/errors.md lists every type and what to do about it',
    examples: [
      {
        type: 'urn:leaver:problem:conflict',
        title: ERROR_CODES.conflict.title,
        status: ERROR_CODES.conflict.status,
        detail: 'Nothing was changed: the case is held; approve or cancel it.',
        instance: 'f0c1a6de-0b53-4a5c-9a9e-3a7f6f2f4f0d',
      },
    ],
  });
export type Problem = z.infer<typeof problemView>;

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-request',
  401: 'unauthorized',
  404: 'not-found',
  408: 'request-timeout',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  431: 'headers-too-large',
  503: 'unavailable',
};

/** The one place where an error becomes a response. Whatever was not meant for the caller stays in the log. */
export async function sendProblem(error: FastifyError | LeaverError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const known = knownError(error);
  const status = ERROR_CODES[known.code].status;
  if (status >= 500) {
    request.log.error({ err: error, code: known.code }, 'a request failed');
  }
  if (known.retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(known.retryAfterMs / 1_000))));
  }
  const problem: Problem = {
    ...toProblem(known, request.id),
    ...(hasZodFastifySchemaValidationErrors(error) && {
      errors: error.validation.map(({ instancePath, message }) => ({ path: instancePath, message: message ?? 'is not valid' })),
    }),
  };
  if (known.code === 'unauthorized' && !reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', 'Bearer realm="leaver"');
  }
  await reply.status(status).header('content-type', PROBLEM_JSON).send(JSON.stringify(problem));
}

export function toProblem({ code, message }: LeaverError, instance: string): Problem {
  const { status, title } = ERROR_CODES[code];
  return { type: `urn:leaver:problem:${code}`, title, status, detail: message, instance };
}

/** Whatever was thrown, as one of our errors; what was not meant for the caller is not in it. */
export function knownError(error: FastifyError | LeaverError): LeaverError {
  if (error instanceof LeaverError) {
    return error;
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    return new LeaverError('invalid-request', 'The request does not have the expected form; `errors` names each place.');
  }
  const status = error.statusCode ?? 500;
  const code = BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'invalid-request' : undefined);
  return code
    ? new LeaverError(code, error.message)
    : new LeaverError(
        'internal',
        'Leaver could not do this, and the fault is its own. The log has the details under the instance given here.',
      );
}
