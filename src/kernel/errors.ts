/**
 * The closed list of things that can go wrong, each with what it means for a caller.
 *
 * `status` is the HTTP status of the answer, `retryable` says whether the same request may succeed later without anybody
 * changing anything, `title` is the short text of the problem details (RFC 9457, section 3.1.4).
 */
export const ERROR_CODES = {
  'invalid-request': { status: 400, retryable: false, title: 'The request is not valid' },
  unauthorized: { status: 401, retryable: false, title: 'The caller did not prove who it is' },
  forbidden: { status: 403, retryable: false, title: 'The caller may not do this' },
  'not-found': { status: 404, retryable: false, title: 'There is nothing here' },
  conflict: { status: 409, retryable: false, title: 'The present state does not allow this' },
  'idempotency-key-reused': { status: 422, retryable: false, title: 'The key was given to another request' },
  'precondition-failed': { status: 412, retryable: false, title: 'The resource has changed in the meantime' },
  'payload-too-large': { status: 413, retryable: false, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, retryable: false, title: 'The content type is not understood here' },
  'request-timeout': { status: 408, retryable: true, title: 'The request came too slowly' },
  'headers-too-large': { status: 431, retryable: false, title: 'The headers are too large' },
  'rate-limited': { status: 429, retryable: true, title: 'Too many requests' },
  'not-offered': { status: 501, retryable: false, title: 'Leaver does not offer this' },
  unavailable: { status: 503, retryable: true, title: 'The service cannot take this now' },
  'target-unavailable': { status: 502, retryable: true, title: 'A target system did not answer as it should' },
  'target-refused': { status: 502, retryable: false, title: 'A target system refused the call' },
  'target-unclear': { status: 502, retryable: true, title: 'A target system left the outcome open' },
  configuration: { status: 500, retryable: false, title: 'The configuration is not valid' },
  'database-schema': { status: 500, retryable: false, title: 'The database does not fit this version' },
  'database-unavailable': { status: 503, retryable: true, title: 'The database cannot be used' },
  'evidence-invalid': { status: 500, retryable: false, title: 'The evidence does not verify' },
  internal: { status: 500, retryable: false, title: 'Leaver made a mistake' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface LeaverErrorOptions {
  /** What was caught, kept for the log; it is never shown to a caller. */
  readonly cause?: unknown;
  /** Earliest moment at which trying again makes sense, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Plain facts that help the reader; never a secret, a token or a whole payload. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error whose message is written for a person: what happened, to whom, and what to do next. */
export class LeaverError extends Error {
  override readonly name = 'LeaverError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: LeaverErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new LeaverError('internal', `A case was not handled: ${JSON.stringify(value)}`);
}
