import type { z } from 'zod';
import { LeaverError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';

/**
 * The statuses a caller is prepared for, each with the shape of its body. An empty body is given to the schema as null, so a schema that
 * accepts null allows it; any other status is a fault.
 */
export type Expected = { readonly [status: number]: z.ZodType };

/** An answer with one of the expected statuses, its body parsed. */
export type Answer<E extends Expected> = {
  [S in keyof E & number]: { readonly kind: 'answer'; readonly status: S; readonly body: z.output<E[S]> };
}[keyof E & number];

/** A segment of a path that says who somebody is: it is sent, and not kept in the record of the request. */
export interface Personal {
  readonly personal: string;
}

export function personal(segment: string): Personal {
  return { personal: segment };
}

type Segment = string | Personal;

interface AnyCall<E extends Expected> {
  /** Segments below the base URL, not yet encoded. An empty one, `.` and `..` are refused before anything is sent. */
  readonly path: readonly Segment[];
  readonly query?: Readonly<Record<string, string | number>>;
  readonly expect: E;
  readonly signal: AbortSignal;
  /** Called before every single try; what it throws leaves the client as it is, and nothing is sent. */
  readonly beforeCall?: () => void;
  /** Headers that prove who we are in this one call, beside those of the client: a token that was fetched for it. */
  readonly auth?: Readonly<Record<string, string>>;
}

interface ReadingCall<E extends Expected> extends AnyCall<E> {
  readonly method: 'GET';
}

interface ChangingCall<E extends Expected> extends AnyCall<E> {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: JsonObject;
  /** Sent as a form in the place of a JSON body, as OAuth wants it. */
  readonly form?: Readonly<Record<string, string>>;
  /** Left out where the other side keeps no such keys. */
  readonly idempotencyKey?: string;
  /** True when doing it twice is the same as doing it once. Otherwise it is repeated only if the target certainly did not act on it. */
  readonly repeatable: boolean;
}

/** One call as its caller describes it. */
export type HttpCall<E extends Expected> = ReadingCall<E> | ChangingCall<E>;

/** The path of a call below `prefix`, without the query. Throws on a segment that would lead elsewhere. */
export function pathOf(prefix: string, segments: readonly Segment[]): string {
  return `${prefix}/${segments.map((segment) => encodeSegment(textOf(segment))).join('/')}`;
}

/** The same as it may be kept: without whatever says who somebody is. */
export function keptPathOf(prefix: string, segments: readonly Segment[]): string {
  const kept = segments.map((segment) => (isPersonal(segment) ? '{person}' : encodeSegment(textOf(segment))));
  return `${prefix}/${kept.join('/')}`;
}

function textOf(segment: Segment): string {
  return typeof segment === 'string' ? segment : segment.personal;
}

/** Also an e-mail that nobody has marked. */
function isPersonal(segment: Segment): boolean {
  return typeof segment !== 'string' || segment.includes('@');
}

function encodeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..') {
    throw new LeaverError(
      'internal',
      `A call was not made, because a part of its path is ${JSON.stringify(segment)}: an identifier is missing or wrong.`,
    );
  }
  return encodeURIComponent(segment);
}

/** The query with its question mark, empty when there is none. */
export function queryOf(query: HttpCall<Expected>['query']): string {
  const params = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]));
  return params.size === 0 ? '' : `?${params}`;
}

/** The headers of a call, the credential of `auth` included. */
export function headersOf(call: HttpCall<Expected>, auth: Readonly<Record<string, string>>): Record<string, string> {
  const headers = { ...auth, accept: 'application/json', 'user-agent': 'leaver' };
  if (call.method === 'GET') return headers;
  const changing = call.idempotencyKey === undefined ? headers : { ...headers, 'idempotency-key': call.idempotencyKey };
  if (call.form) return { ...changing, 'content-type': 'application/x-www-form-urlencoded' };
  return call.body ? { ...changing, 'content-type': 'application/json' } : changing;
}

/** The body of a call as it is sent. */
export function bodyOf(call: HttpCall<Expected>): string | null {
  if (call.method === 'GET') return null;
  if (call.form) return new URLSearchParams(call.form).toString();
  return call.body ? JSON.stringify(call.body) : null;
}

/** Whatever of a call must not be shown, should it come back. */
export function secretsIn(call: HttpCall<Expected>, auth: Readonly<Record<string, string>>): string[] {
  const sent = call.method === 'GET' ? [] : Object.entries({ ...call.body, ...call.form });
  const isSecret = ([name, value]: [string, unknown]) => typeof value === 'string' && /(?:secret|assertion|token)$/i.test(name);
  return [...Object.values(auth), ...sent.filter(isSecret).map(([, value]) => String(value))];
}
