import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cause } from './classify.ts';

/**
 * One request that left the process, as it may be kept for good: nothing that proves who we are, no body, of the query its names only, and of the path
 * nothing that names a person.
 */
export interface SeenRequest {
  readonly method: string;
  readonly host: string;
  /** Segments that name a person are written `{person}`. */
  readonly path: string;
  /** The names of the query's parameters, in their order. */
  readonly query: readonly string[];
  /** Null when no answer came. */
  readonly status: number | null;
  /** `answered`: with something that its caller was prepared for; `called-off`: it was not waited for, and may have reached the other side. */
  readonly outcome: 'answered' | 'called-off' | Cause;
  /** By which the other side finds the request in its own log, where it said so. */
  readonly requestId: string | null;
  readonly tookMs: number;
}

export type OnRequest = (seen: SeenRequest) => void;

const observers = new AsyncLocalStorage<OnRequest>();

/**
 * Does the work, and tells of every single request that any client sends for it, however deep below and however often repeated. Kept beside the calls and
 * not handed through them, so that nobody who writes a target or a reader can leave a request out of the record. What several share, such as a new access
 * token, is told to the one for whom it was fetched.
 */
export async function observed<T>(onRequest: OnRequest, work: () => Promise<T>): Promise<T> {
  return await observers.run(onRequest, work);
}

/** Tells whoever observes the present work. */
export function tellObserver(seen: SeenRequest): void {
  observers.getStore()?.(seen);
}

/** Headers by which a server names a request: the usual one, Okta's, Microsoft Graph's, Google's and Amazon's. */
const REQUEST_ID_HEADERS = ['x-request-id', 'x-okta-request-id', 'request-id', 'x-correlation-id', 'x-amzn-requestid'];
const REQUEST_ID = /^[\w.:=+/-]{1,128}$/;

/** The name that the other side gave to a request; null when it gave none, or one that shows a part of a secret: a server may echo what it was sent. */
export function requestIdOf(headers: Readonly<Record<string, unknown>>, secrets: readonly string[]): string | null {
  const given = REQUEST_ID_HEADERS.map((name) => headers[name]).find((value) => typeof value === 'string' && REQUEST_ID.test(value));
  return typeof given !== 'string' || shows(given, secrets) ? null : given;
}

/** Whether a text holds a word of a secret, or is a part of one. */
export function shows(text: string, secrets: readonly string[]): boolean {
  const words = secrets.flatMap((secret) => secret.split(/\s+/));
  return words.some((word) => word.includes(text) || (word !== '' && text.includes(word)));
}
