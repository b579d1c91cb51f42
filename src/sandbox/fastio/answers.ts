import type { JsonObject } from '../../kernel/json.ts';

/** What a handler decided; without a body nothing but the status is sent. */
export interface Answer {
  readonly status: number;
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The error codes of the surface and the status each comes with. */
const STATUS_OF = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  quota_exceeded: 409,
  locked: 423,
  rate_limited: 429,
  internal_error: 500,
} as const;
type Code = keyof typeof STATUS_OF;

/** The code a status has when nobody names another. */
export function codeOf(status: number): Code {
  const known = (Object.keys(STATUS_OF) as Code[]).find((code) => STATUS_OF[code] === status);
  return known ?? 'internal_error';
}

export function ok(body: JsonObject): Answer {
  return { status: 200, body };
}

export const NO_CONTENT: Answer = { status: 204 };

/** The error envelope. */
export function refusal(code: Code, message: string): Answer {
  return errorAnswer(STATUS_OF[code], code, message);
}

/** The error envelope with any status and code. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}

export function notFound(what: string, id: string): Answer {
  return refusal('not_found', `There is no ${what} ${id}`);
}

const DEFAULT_LIMIT = 100;
const MOST = 500;

/** One page of the rows under `name`, as `limit` and `offset` ask for it, but never longer than `cap`. */
export function page(name: string, rows: readonly JsonObject[], query: URLSearchParams, cap: number): Answer {
  const limit = integer(query.get('limit'), DEFAULT_LIMIT);
  const offset = integer(query.get('offset'), 0);
  if (limit === undefined || limit < 1 || limit > MOST) return refusal('invalid_request', `limit must be from 1 to ${MOST}`);
  if (offset === undefined) return refusal('invalid_request', 'offset must be 0 or more');
  const size = Math.min(limit, cap);
  const pagination = { total: rows.length, limit: size, offset, has_more: offset + size < rows.length };
  return ok({ [name]: rows.slice(offset, offset + size), pagination });
}

function integer(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
