import { type Matcher, matches } from './faults.ts';
import type { RequestRecord } from './journal.ts';

/** Where a call is held: nothing has happened yet; all has happened and only the answer is missing; half of the answer has left. */
export const HOLD_POINTS = ['before-effect', 'after-effect', 'mid-answer'] as const;
export type HoldPoint = (typeof HOLD_POINTS)[number];

export interface HoldOptions {
  /** Which of the matching requests from now on is held; 1, the next one, by default. */
  readonly nth?: number;
}

/** A place at which one matching request stops. Others pass. */
export interface Hold {
  /** Resolves when a request stands here; rejects when the sandbox closes before. */
  readonly arrived: Promise<RequestRecord>;
  readonly waiting: boolean;
  /** Lets the request go on. Called before it arrived, it takes the hold away. */
  release(): void;
  /** Ends the request where it stands: the connection is reset, and what had not happened never will. */
  drop(): void;
}

/** Stands at a hold until somebody decides. True to go on, false to end the request here. */
export type Stand = () => Promise<boolean>;

export interface Holds {
  pause(matcher: Matcher, point: HoldPoint, options?: HoldOptions): Hold;
  /** How the request is to stand at this point, if a hold is for it. */
  take(request: RequestRecord, point: HoldPoint): Stand | undefined;
  /** Stands where a hold says so. True to go on, false to end the request here. */
  pass(request: RequestRecord, point: HoldPoint): Promise<boolean>;
  /** Drops everything that waits. */
  close(): void;
}

interface Place {
  readonly matcher: Matcher;
  readonly point: HoldPoint;
  readonly arrival: PromiseWithResolvers<RequestRecord>;
  readonly verdict: PromiseWithResolvers<boolean>;
  /** Matching requests that still pass before the one that is held. */
  passing: number;
  state: 'open' | 'taken' | 'done';
}

export function createHolds(): Holds {
  const places: Place[] = [];
  function take(request: RequestRecord, point: HoldPoint): Stand | undefined {
    const candidates = places.filter(
      ({ state, point: where, matcher }) => state === 'open' && where === point && matches(matcher, request),
    );
    const place = candidates.find(({ passing }) => passing === 0);
    for (const other of candidates.filter(({ passing }) => passing > 0)) other.passing -= 1;
    if (!place) return undefined;
    place.state = 'taken';
    return async () => {
      place.arrival.resolve(request);
      return await place.verdict.promise;
    };
  }

  return {
    take,
    pause(matcher, point, { nth = 1 } = {}) {
      const place = newPlace(matcher, point, nth);
      places.push(place);
      return handleOf(place);
    },
    pass: async (request, point) => (await take(request, point)?.()) ?? true,
    close() {
      for (const place of places) {
        place.arrival.reject(new Error('The sandbox closed before a request arrived here'));
        decide(place, false);
      }
    },
  };
}

function newPlace(matcher: Matcher, point: HoldPoint, nth: number): Place {
  const arrival = Promise.withResolvers<RequestRecord>();
  // A hold nobody waits on any more must not become an unhandled rejection at close.
  arrival.promise.catch(() => {});
  return { matcher, point, arrival, verdict: Promise.withResolvers<boolean>(), passing: nth - 1, state: 'open' };
}

function handleOf(place: Place): Hold {
  return {
    arrived: place.arrival.promise,
    get waiting() {
      return place.state === 'taken';
    },
    release: () => decide(place, true),
    drop: () => decide(place, false),
  };
}

function decide(place: Place, goOn: boolean): void {
  place.state = 'done';
  place.verdict.resolve(goOn);
}
