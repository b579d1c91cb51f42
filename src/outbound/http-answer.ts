import { z } from 'zod';
import { rateLimitResetMs, retryAfterMs } from './backoff.ts';
import { causeOfStatus } from './classify.ts';
import type { Dialect } from './dialect.ts';
import type { Failed } from './fault.ts';
import type { Answer, Expected } from './http-call.ts';
import { shows } from './observe.ts';

/** An answer as it came. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** What an answer is read with, besides what its caller expects. */
export interface ReadingWith {
  readonly now: Date;
  readonly secrets: readonly string[];
  readonly dialect?: Dialect | undefined;
}

/** What an answer means to a caller who expects `expect`: its parsed body, or why it is of no use. Nothing of the body is repeated but the target's own error code. */
export function readAnswer<E extends Expected>(received: Received, expect: E, { now, secrets, dialect }: ReadingWith): Answer<E> | Failed {
  const { status, headers } = received;
  const json = parseJson(received.text, dialect?.parse);
  const refusal = dialect?.refusalIn({ status, headers, json }, now);
  if (refusal) return { ...refusal, status, cameBack: `answered ${status}${codeIn(refusal.targetCode)}` };
  const schema = expect[status];
  if (!schema) return unexpected(received, now, secrets);
  if (!json) return { cause: 'not-json', cameBack: `answered ${status} with something that is not JSON or breaks off`, status };
  const parsed = schema.safeParse(json.value);
  if (!parsed.success) return { cause: 'misshapen', cameBack: `answered ${status} in an unknown shape (${shapeOf(parsed.error)})`, status };
  return { kind: 'answer', status, body: parsed.data } as Answer<E>;
}

function unexpected({ status, headers, text }: Received, now: Date, secrets: readonly string[]): Failed {
  const targetCode = errorCodeOf(text, secrets);
  const patience = retryAfterMs(headers['retry-after'], now) ?? (status === 429 ? rateLimitResetMs(headers, now) : undefined);
  return {
    cause: causeOfStatus(status, targetCode),
    cameBack: `answered ${status}${codeIn(targetCode)}`,
    status,
    ...(targetCode !== undefined && { targetCode }),
    ...(patience !== undefined && { retryAfterMs: patience }),
  };
}

function codeIn(targetCode: string | undefined): string {
  return targetCode ? ` (${targetCode})` : '';
}

function parseJson(text: string, parse: (text: string) => unknown = JSON.parse): { value: unknown } | undefined {
  if (text.trim() === '') return { value: null };
  try {
    return { value: parse(text) };
  } catch {
    return undefined;
  }
}

/** Where the shape differs, the first three places: paths and types only, never a value. */
function shapeOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    .join('; ');
}

const CODE = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/i);
const ERROR_BODY = z.union([
  z.object({ error: z.object({ code: CODE }) }).transform(({ error }) => error.code),
  z.object({ errorCode: CODE }).transform(({ errorCode }) => errorCode),
  z.object({ error: CODE }).transform(({ error }) => error),
]);

/** The code in an error body; left out when it shows a part of a secret, since a server may echo what it was sent. */
function errorCodeOf(text: string, secrets: readonly string[]): string | undefined {
  const parsed = ERROR_BODY.safeParse(parseJson(text)?.value);
  return !parsed.success || shows(parsed.data, secrets) ? undefined : parsed.data;
}
