import { CALLS, type CallName } from './calls.ts';
import type { RequestRecord } from './journal.ts';

/** Faults named by a word. In those marked *, the call took effect before the answer went wrong. */
const NAMED = [
  'hang', //                 the request is taken and nothing ever comes back
  'hang-after-effect', //    * the same, after the effect
  'reset', //                the connection is reset
  'reset-after-effect', //   * the same: the answer is lost
  'truncated-json', //       * half the body under the full content length, then the end of the connection
  'half-json', //            * half the JSON in a response that is complete as HTTP
  'html-200', //             status 200 with a page, as a captive proxy sends it
  'redirect', //             302 to the same path on another port, where a trap listens
  'oversize', //             * the right answer with more than 10 MiB of padding
] as const;
type NamedFault = (typeof NAMED)[number];

const STATUSES = [400, 401, 403, 404, 409, 423, 429, 500, 502, 503, 504] as const;

/** An answer with an error status. */
export interface StatusFault {
  readonly status: (typeof STATUSES)[number];
  /** The envelope's code; the one that belongs to the status by default. */
  readonly code?: string;
  /** Seconds, or a moment or text that is sent as an HTTP date. */
  readonly retryAfter?: number | Date | string;
  /** The error envelope by default. */
  readonly body?: 'json' | 'html' | 'empty';
  /** The call takes effect all the same, as behind a proxy that gave up on it. */
  readonly afterEffect?: boolean;
}

/** * The right answer, whose body takes this long to arrive. */
export interface SlowBodyFault {
  readonly slowBodyMs: number;
}

export type Fault = NamedFault | StatusFault | SlowBodyFault;

/** One call or any, or only where it is about the subject: an id of its path or query, or the e-mail that is resolved; null for nobody in particular. */
export type Matcher = CallName | 'any' | { readonly call: CallName | 'any'; readonly subject?: string | null };

export interface FaultHandle {
  /** How often the fault struck. */
  readonly hits: number;
  clear(): void;
}

export interface FaultBook {
  /** Lets the fault strike the next `times` matching requests (1 by default, `Infinity` for all). Older faults strike first. */
  fail(matcher: Matcher, fault: Fault, options?: { readonly times?: number }): FaultHandle;
  /** The fault that strikes this request, used up by it. */
  take(request: RequestRecord): Fault | undefined;
  clear(): void;
}

export function createFaultBook(): FaultBook {
  const entries: { matcher: Matcher; fault: Fault; left: number; hits: number }[] = [];
  return {
    fail(matcher, fault, { times = 1 } = {}) {
      const entry = { matcher, fault, left: times, hits: 0 };
      entries.push(entry);
      return {
        get hits() {
          return entry.hits;
        },
        clear() {
          entry.left = 0;
        },
      };
    },
    take(request) {
      const entry = entries.find(({ matcher, left }) => left > 0 && matches(matcher, request));
      if (!entry) return undefined;
      entry.left -= 1;
      entry.hits += 1;
      return entry.fault;
    },
    clear: () => void entries.splice(0),
  };
}

/** Whether the request is the call, about the subject, that the matcher means. */
export function matches(matcher: Matcher, request: RequestRecord): boolean {
  const { call, subject } = typeof matcher === 'string' ? { call: matcher, subject: undefined } : matcher;
  if (call !== 'any' && call !== request.call) return false;
  if (subject === undefined) return true;
  const { userId, workspaceId, webhookId, email } = request;
  const ids = [userId, workspaceId, webhookId];
  if (subject === null) return [...ids, email].every((id) => id === null);
  return ids.includes(subject) || email?.toLowerCase() === subject.toLowerCase();
}

/** Whether the call takes effect although the fault strikes it. */
export function takesEffect(fault: Fault): boolean {
  if (typeof fault === 'string') return !['hang', 'reset', 'html-200', 'redirect'].includes(fault);
  return 'slowBodyMs' in fault || fault.afterEffect === true;
}

/** The matcher that another process described in JSON, or nothing when it is none. */
export function readMatcher({ call, subject }: Readonly<Record<string, unknown>>): Matcher | undefined {
  const known = ([...Object.keys(CALLS), 'any'] as (CallName | 'any')[]).find((name) => name === call);
  if (!known || !(subject === undefined || subject === null || typeof subject === 'string')) return undefined;
  return subject === undefined ? known : { call: known, subject };
}

/** The fault that another process described in JSON, or nothing when it is none. */
export function readFault(value: unknown): Fault | undefined {
  const named = NAMED.find((name) => name === value);
  if (named || typeof value !== 'object' || value === null) return named;
  const fault = value as Record<string, unknown>;
  return isSlowBody(fault) || isStatusFault(fault) ? fault : undefined;
}

function isSlowBody(fault: Record<string, unknown>): fault is Record<string, unknown> & SlowBodyFault {
  return typeof fault['slowBodyMs'] === 'number';
}

function isStatusFault(fault: Record<string, unknown>): fault is Record<string, unknown> & StatusFault {
  return STATUSES.some((status) => status === fault['status']);
}
