import type { Notifications } from '../database/notifications.ts';
import type { Ledger, StoredEntry } from '../ledger/ledger.ts';
import { type CaseState, isFinal } from './case.ts';

export interface FollowNeeds {
  readonly ledger: Ledger;
  readonly notifications: Notifications;
  readonly stateOf: (id: string) => Promise<CaseState | null>;
}

const LOOK_AGAIN_MS = 2_000;

/** What happens to a case, as it is recorded: first what is there after `afterId`, then what comes, all of one moment together, until the case is over. */
export async function* followCase(
  { ledger, notifications, stateOf }: FollowNeeds,
  caseId: string,
  afterId: number,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEntry[]> {
  let last = afterId;
  while (!signal.aborted) {
    // Whether it is over is asked before the entries are read: what ended it is then among them.
    const state = await stateOf(caseId);
    const over = state === null || isFinal(state);
    const announced = new AbortController();
    const next = over ? Promise.resolve() : notifications.next(caseId, LOOK_AGAIN_MS, AbortSignal.any([signal, announced.signal]));
    const entries = await ledger.entriesOf(caseId, last);
    last = entries.at(-1)?.id ?? last;
    if (entries.length > 0) {
      yield entries;
    }
    if (over) {
      announced.abort();
      return;
    }
    await next;
  }
}
