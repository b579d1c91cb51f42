import { type Matcher, matches } from './faults.ts';
import type { RequestRecord } from './journal.ts';

/** Where a call is held: nothing has happened yet, or all has happened and only the answer is missing. */
export type HoldPoint = 'before-effect' | 'after-effect';

/** A place at which the next matching request stops. Later ones pass. */
export interface Hold {
  /** Resolves when a request stands here; rejects when the sandbox closes before. */
  readonly arrived: Promise<RequestRecord>;
  readonly waiting: boolean;
  /** Lets the request go on. Called before it arrived, it takes the hold away. */
  release(): void;
  /** Ends the request where it stands: the connection is reset, and what had not happened never will. */
  drop(): void;
}

export interface Holds {
  pause(matcher: Matcher, point: HoldPoint): Hold;
  /** Waits where a hold says so. True to go on, false to end the request here. */
  pass(request: RequestRecord, point: HoldPoint): Promise<boolean>;
  /** Drops everything that waits. */
  close(): void;
}

interface Place {
  readonly matcher: Matcher;
  readonly point: HoldPoint;
  readonly arrival: PromiseWithResolvers<RequestRecord>;
  readonly verdict: PromiseWithResolvers<boolean>;
  state: 'open' | 'taken' | 'done';
}

export function createHolds(): Holds {
  const places: Place[] = [];
  return {
    pause(matcher, point) {
      const place = newPlace(matcher, point);
      places.push(place);
      return handleOf(place);
    },
    async pass(request, point) {
      const place = places.find(
        (candidate) => candidate.state === 'open' && candidate.point === point && matches(candidate.matcher, request),
      );
      if (!place) return true;
      place.state = 'taken';
      place.arrival.resolve(request);
      return await place.verdict.promise;
    },
    close() {
      for (const place of places) {
        place.arrival.reject(new Error('The sandbox closed before a request arrived here'));
        decide(place, false);
      }
    },
  };
}

function newPlace(matcher: Matcher, point: HoldPoint): Place {
  const arrival = Promise.withResolvers<RequestRecord>();
  // A hold nobody waits on any more must not become an unhandled rejection at close.
  arrival.promise.catch(() => {});
  return { matcher, point, arrival, verdict: Promise.withResolvers<boolean>(), state: 'open' };
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
