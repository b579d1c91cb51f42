import type { CallName, Matcher, RequestRecord } from '../../../src/sandbox/fastio/fastio.ts';
import type { Leaver } from './leavers.ts';

/** One outbound call of a case: which, about what, and for which time. */
export interface Point {
  readonly call: CallName;
  /** A name of `Leaver.subjects`; null for a call that is about nobody in particular. */
  readonly subject: string | null;
  readonly nth: number;
}

/** All calls that a case has made, in their order. Whatever cannot be placed is an error: no call may be missed. */
export function pointsOf(requests: readonly RequestRecord[], leaver: Leaver): Point[] {
  const counts = new Map<string, number>();
  return requests.map((request) => {
    if (request.call === 'unknown') {
      throw new Error(`The case made a call that the sandbox does not know: ${request.method} ${request.path}`);
    }
    const subject = subjectOf(request, leaver);
    const key = `${request.call} ${subject}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    return { call: request.call, subject, nth };
  });
}

/** The name of what a request is about. */
export function subjectOf({ call, userId, workspaceId, webhookId, email }: RequestRecord, { subjects }: Leaver): string | null {
  const id = workspaceId ?? webhookId ?? userId ?? email;
  const name = [...subjects].find(([, known]) => known === id)?.[0];
  if (id !== null && name === undefined) {
    throw new Error(`The case made the call ${call} about ${id}, which is nothing of the leaver's`);
  }
  return name ?? null;
}

/** What holds this call of this leaver. */
export function matcherOf({ call, subject }: Point, { subjects }: Leaver): Matcher {
  return { call, subject: subject === null ? null : (subjects.get(subject) ?? null) };
}

export function nameOf({ call, subject, nth }: Point): string {
  return [call, subject && `of ${subject}`, nth > 1 && `(${nth})`].filter(Boolean).join(' ');
}
