import { z } from 'zod';
import { isDatabaseUnavailable, isTransactionConflict } from '../../database/database.ts';
import { knownError } from '../../http/problem.ts';
import { ERROR_CODES, type ErrorCode, LeaverError } from '../../kernel/errors.ts';

export const SCIM_JSON = 'application/scim+json';
const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** What RFC 7644 section 3.12 calls each kind of fault of a request, and the status that goes with it. */
const SCIM_TYPES = {
  invalidFilter: 'invalid-request',
  uniqueness: 'conflict',
  mutability: 'invalid-request',
  invalidSyntax: 'invalid-request',
  invalidPath: 'invalid-request',
  noTarget: 'invalid-request',
  invalidValue: 'invalid-request',
} as const satisfies Record<string, ErrorCode>;

export type ScimType = keyof typeof SCIM_TYPES;

export const scimErrorView = z.object({
  schemas: z.tuple([z.literal(ERROR_SCHEMA)]),
  status: z.string(),
  scimType: z.string().optional(),
  detail: z.string(),
});
type ScimErrorView = z.infer<typeof scimErrorView>;

/** An error that tells a SCIM client, by the name that RFC 7644 has for it, what is wrong with its request. */
export function scimFault(scimType: ScimType, detail: string, cause?: unknown): LeaverError {
  return new LeaverError(SCIM_TYPES[scimType], detail, { details: { scimType }, cause });
}

type Thrown = Parameters<typeof knownError>[0];

export interface ErrorAnswer {
  readonly error: LeaverError;
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  readonly body: ScimErrorView;
}

/** How every error of these routes is answered: as a SCIM Error, RFC 7644 section 3.12. The status in it is a string. */
export function answerOf(thrown: Thrown): ErrorAnswer {
  const error = knownError(storageError(thrown));
  const { status } = ERROR_CODES[error.code];
  const retryAfterSeconds = error.retryAfterMs === undefined ? null : Math.max(1, Math.ceil(error.retryAfterMs / 1_000));
  return { error, status, retryAfterSeconds, body: viewOf(error, status) };
}

function viewOf({ message, details }: LeaverError, status: number): ScimErrorView {
  const scimType = details['scimType'];
  return {
    schemas: [ERROR_SCHEMA],
    status: String(status),
    ...(typeof scimType === 'string' && { scimType }),
    detail: message,
  };
}

/** Races that were lost again and again are over in a moment; the client need not know the difference. */
function storageError(error: Thrown): Thrown {
  return isDatabaseUnavailable(error) || isTransactionConflict(error)
    ? new LeaverError('unavailable', 'The database cannot be used now, so nothing was stored. Send the request again.', {
        cause: error,
        retryAfterMs: 5_000,
      })
    : error;
}
