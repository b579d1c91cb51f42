import type { JsonObject } from '../kernel/json.ts';
import type { OnRequest, SeenRequest } from './observe.ts';

/** So many requests of one piece of work are kept, half of them its first and half its last. */
const KEPT = 40;

/** The requests that some work made, as the ledger keeps them. */
export interface Trail {
  readonly note: OnRequest;
  /** What is recorded with whatever came of it: nothing where nothing was sent. */
  told(): Told;
}

export type Told = { readonly requests?: readonly JsonObject[]; readonly requestsLeftOut?: number };

/** A list that is read in many pages does not fill the ledger: what is between its first and its last requests is counted. */
export function createTrail(): Trail {
  const first: SeenRequest[] = [];
  const last: SeenRequest[] = [];
  let leftOut = 0;
  return {
    note: (seen) => {
      if (first.length < KEPT / 2) {
        first.push(seen);
        return;
      }
      last.push(seen);
      if (last.length > KEPT / 2) {
        last.shift();
        leftOut += 1;
      }
    },
    told: () => ({
      ...(first.length > 0 && { requests: [...first, ...last].map(kept) }),
      ...(leftOut > 0 && { requestsLeftOut: leftOut }),
    }),
  };
}

/** What there is nothing to say of is left out. */
function kept({ query, requestId, ...seen }: SeenRequest): JsonObject {
  return { ...seen, ...(query.length > 0 && { query: [...query] }), ...(requestId !== null && { requestId }) };
}
