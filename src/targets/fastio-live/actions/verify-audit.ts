import { resultOfFault } from '../../fault.ts';
import { poll } from '../../poll.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionContext, ActionResult } from '../../target.ts';
import { type Attempt, forAccount, type LiveAction } from '../attempt.ts';
import { EVENTS, removalsAmong } from '../events.ts';
import { type Account, inventoryOf } from '../facts.ts';
import { type Kind, placeOf } from '../place.ts';
import type { EventRow } from '../schemas.ts';
import { inSeconds } from '../times.ts';

/**
 * Finds Fast.io's own record of the removal. How soon it shows, and whether every plan has it, is not documented, and the members have been read back
 * already: where it does not show at a second look, that is said, and nobody is kept waiting for it.
 */
export const verifyAudit: LiveAction = {
  action: 'verify-audit',
  phase: 'verify',
  after: ['verify-removal'],
  playbooks: ['offboard'],
  observed: 'it only reads: the search of events',
  run: forAccount(async (attempt, account) => {
    const event = eventWanted(attempt.context);
    if (!event) return { kind: 'not-needed', reason: 'nothing was removed in this case: somebody else had done it before' };
    const { clock, context } = attempt;
    const patience = { clock, signal: context.signal, firstPauseMs: 1000, maxPauseMs: 4000, withinMs: 15_000 };
    return (await poll(() => look(attempt, account, event), patience)) ?? notFound(attempt, event);
  }),
};

/** The event of the greatest removal that this case has made. */
function eventWanted({ finished }: ActionContext): string | undefined {
  const removed = new Set<Kind>(
    finished.flatMap(({ action, subject, outcome }) => {
      if (outcome !== 'verified') return [];
      if (action === 'remove-from-organization') return ['org'];
      return action === 'remove-membership' ? (placeOf(subject, '')?.kind ?? []) : [];
    }),
  );
  const kind = (['org', 'workspace', 'share'] as const).find((one) => removed.has(one));
  return kind && EVENTS[kind];
}

async function look(attempt: Attempt, account: Account, event: string): Promise<ActionResult | undefined> {
  const { api, clock, context } = attempt;
  const { eventsFrom = inSeconds(clock.now(), -24 * 3600), priorEvents } = inventoryOf(context);
  const found = await api.events(event, eventsFrom);
  if (found.kind === 'fault')
    return found.retryable ? resultOfFault(found) : unreadable(found.targetCode ?? String(found.status ?? found.cause));
  const known = new Set(priorEvents);
  const row = removalsAmong(found.items, event, account).find(({ id }) => !known.has(id));
  return row && done('verified', factsOf(row));
}

function factsOf({ id, event, at, calling_user }: EventRow) {
  const actorId = typeof calling_user === 'string' || typeof calling_user === 'number' ? String(calling_user) : null;
  return { eventId: id, event, createdAt: at ?? null, actorId };
}

/** A plan without the log, or a token that may not read it. */
function unreadable(code: string): ActionResult {
  const residual = `The events cannot be searched (${code}), so the evidence rests on reading the members back.`;
  return done('not-offered', { residual, advice: "Where Fast.io's own record is wanted, look for the removal in its events by hand." });
}

function notFound({ site, context }: Attempt, event: string): ActionResult {
  if (context.repeated)
    return done('acknowledged', {
      event,
      note: 'no such event has shown yet; the members were read back instead. Look for it by hand where it is needed',
    });
  const message = `${site.id}: no event ${event} of the person shows yet. Leaver looks once more.`;
  return retryLater('target-unclear', message, 60_000);
}
