import type { Cause } from './classify.ts';

/** An answer as a dialect hears it; `json` is undefined where the body is no JSON, and holds null where it is empty. */
export interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly json: { readonly value: unknown } | undefined;
}

/** A no, in the words of the system. Its code must be checked to hold nothing but a code: a server may echo what it was sent. */
export interface Refusal {
  readonly cause: Cause;
  readonly targetCode?: string;
  readonly retryAfterMs?: number;
}

/** How a system differs from plain HTTP and JSON. */
export interface Dialect {
  /** Whether every path ends with a slash. */
  readonly trailingSlash: boolean;
  /** In the place of `JSON.parse`, and throwing as it does. */
  parse(text: string): unknown;
  /** What of an answer is a no, whatever its status; undefined leaves it to the status and to the caller. */
  refusalIn(heard: Heard, now: Date): Refusal | undefined;
}
