import type { Notifications } from '../database/notifications.ts';
import type { Ledger, StoredEntry } from '../ledger/ledger.ts';
import { isFinal } from './case.ts';
import type { CaseView } from './views.ts';

export interface FollowNeeds {
  readonly ledger: Ledger;
  readonly notifications: Notifications;
  readonly show: (id: string) => Promise<CaseView>;
}

const LOOK_AGAIN_MS = 2_000;

/** What happens to a case, as it is recorded: first what is there after `afterId`, then what comes, until the case is over. */
export async function* followCase(
  { ledger, notifications, show }: FollowNeeds,
  caseId: string,
  afterId: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEntry> {
  let last = afterId;
  while (!signal.aborted) {
    // Whether it is over is asked before the entries are read: what ended it is then among them.
    const over = isFinal((await show(caseId)).state);
    const announced = new AbortController();
    const next = over ? Promise.resolve() : notifications.next(caseId, LOOK_AGAIN_MS, AbortSignal.any([signal, announced.signal]));
    for (const entry of await ledger.entriesOf(caseId, last)) {
      last = entry.id;
      yield entry;
    }
    if (over) {
      announced.abort();
      return;
    }
    await next;
  }
}
