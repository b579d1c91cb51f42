import { setTimeout as delay } from 'node:timers/promises';
import { type CaseAnswer, type CaseEvent, caseAnswer, caseEvent, isAtRest, isOver } from './answers.ts';
import { readEvents } from './event-stream.ts';
import { CommandError, EXIT } from './exit.ts';
import { notLeaver } from './problem.ts';
import type { Service } from './service.ts';

/** A recorded change, and the bytes it came as. */
export type FollowedEvent = CaseEvent & { readonly raw: string };

export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** Told once each time the connection is lost. */
  readonly lost?: () => void;
  /** How long the service may stay away before that is an error. */
  readonly patienceMs?: number;
}

const RECONNECT_MS = 1_000;
const PATIENCE_MS = 60_000;

/**
 * Everything that was and is recorded of a case, each change once, until the case is over. A broken connection is taken up again where it
 * broke; a service that stays away throws `unreachable`.
 */
export async function* followCase(service: Service, id: string, options: FollowOptions = {}): AsyncGenerator<FollowedEvent> {
  const { signal, lost, patienceMs = PATIENCE_MS } = options;
  let lastEventId = '';
  let lostAt: number | null = null;
  for (;;) {
    try {
      for await (const event of readEvents(await service.stream(`${pathOf(id)}/stream`, lastEventId, signal), lastEventId)) {
        lastEventId = event.lastEventId;
        lostAt = null;
        yield readEvent(service, event.data);
      }
      if (isOver((await readCase(service, id)).state)) {
        return;
      }
    } catch (error) {
      lostAt = lostSince(error, lostAt, patienceMs, lost);
    }
    await delay(RECONNECT_MS);
    signal?.throwIfAborted();
  }
}

/** As `followCase`, but also ends when the case has come to a state in which it waits for a person. */
export async function* followUntilRest(service: Service, id: string, options: FollowOptions = {}): AsyncGenerator<FollowedEvent> {
  for await (const event of followCase(service, id, options)) {
    yield event;
    if (comesToRest(event)) {
      return;
    }
  }
}

/** The stream begins with the past: only the state that the case is still in counts. A case that is over ends its stream by itself. */
function comesToRest({ kind, change, case: subject }: CaseEvent): boolean {
  const recorded = kind === 'case.state' ? change['to'] : change['state'];
  return subject !== undefined && recorded === subject.state && isAtRest(subject.state) && !isOver(subject.state);
}

export async function readCase(service: Service, id: string): Promise<CaseAnswer> {
  return (await service.get(pathOf(id))).read(caseAnswer);
}

export function pathOf(id: string): string {
  return `/v1/cases/${encodeURIComponent(id)}`;
}

function readEvent(service: Service, data: string): FollowedEvent {
  try {
    return { ...caseEvent.parse(JSON.parse(data)), raw: data };
  } catch {
    throw notLeaver(service.url, 'an event of its stream has not the expected form');
  }
}

/** Since when the service is away; rethrows what is no lost connection, and what has lasted too long. */
function lostSince(error: unknown, since: number | null, patienceMs: number, lost: (() => void) | undefined): number {
  if (!(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) {
    throw error;
  }
  if (since === null) {
    lost?.();
    return performance.now();
  }
  if (performance.now() - since > patienceMs) {
    throw error;
  }
  return since;
}
