import { z } from 'zod';
import type { Dialect, Heard, Refusal } from '../../outbound/outbound.ts';
import { causeOf } from './error-codes.ts';

/** Statuses that proxies answer with too, in pages of their own. */
const ANYBODYS_WORD: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429]);

/** How the live Fast.io differs from plain HTTP and JSON: paths end with a slash, ids may be too long for a number, a no may come with any status. */
export const DIALECT: Dialect = {
  trailingSlash: true,
  parse: parseExactly,
  refusalIn(heard, now) {
    const { status, json } = heard;
    if (!json) return status >= 400 && status < 500 && !ANYBODYS_WORD.has(status) ? { cause: 'not-json' } : undefined;
    return status >= 400 || isNo(json.value) ? refusalOf(heard, json.value, now) : undefined;
  },
};

/** Profile ids have 19 digits: as numbers they would be rounded to somebody else's, so whole numbers of that size stay text. */
function parseExactly(text: string): unknown {
  const keep = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && WHOLE.test(context?.source ?? '') ? context?.source : value;
  return JSON.parse(text, keep);
}

const WHOLE = /^\d+$/;

const no = z.object({ result: z.union([z.literal(false), z.literal('no')]) });

function isNo(body: unknown): boolean {
  return no.safeParse(body).success;
}

function refusalOf({ status, headers }: Heard, body: unknown, now: Date): Refusal {
  const targetCode = codeIn(body);
  const cause = causeOf(targetCode, status);
  return {
    cause,
    ...(targetCode !== undefined && { targetCode }),
    ...(cause === 'too-busy' && { retryAfterMs: patienceIn(headers, now) }),
  };
}

const CODE = z.coerce.string().regex(/^\d{1,7}$/);
const ERROR_BODY = z.union([
  z.object({ error: z.object({ code: CODE }) }).transform(({ error }) => error.code),
  z.object({ error: z.object({ error_code: CODE }) }).transform(({ error }) => error.error_code),
  z.object({ error_id: CODE }).transform(({ error_id }) => error_id),
  z.object({ error_code: CODE }).transform(({ error_code }) => error_code),
]);

/** The code of a refusal, a number or its digits; nothing else of a body is repeated. */
function codeIn(body: unknown): string | undefined {
  return ERROR_BODY.safeParse(body).data;
}

const DEFAULT_PATIENCE_MS = 60_000;
const MOST_PATIENCE_MS = 15 * 60_000;
const EPOCH_SECONDS = /^\d{10}$/;
const UTC_TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?: UTC)?$/;

/** How long the limit lasts: until a time in UTC or in seconds since 1970 (both are seen), measured on the server's own clock where the answer tells it. */
function patienceIn(headers: Heard['headers'], now: Date): number {
  const { date, 'x-ve-limit-expires': expires = headers['x-rate-limit-expiry'] } = headers;
  const end = typeof expires === 'string' ? momentOf(expires) : Number.NaN;
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  const wait = end - (Number.isNaN(theirs) ? now.getTime() : theirs);
  return Number.isNaN(wait) ? DEFAULT_PATIENCE_MS : Math.min(Math.max(wait, 0), MOST_PATIENCE_MS);
}

function momentOf(text: string): number {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1_000;
  const [, day, time] = UTC_TIME.exec(text) ?? [];
  return Date.parse(`${day}T${time}Z`);
}
