import type { Tx } from '../database/database.ts';
import type { JsonObject } from '../kernel/json.ts';
import { unobserved } from '../kernel/observe.ts';
import type { AcceptNeeds, Draft } from './draft.ts';
import { LEAST_ID, type Signal } from './signal.ts';
import { insertSignals, type JudgedSignal } from './store.ts';

/** Stores signals with what became of them, and records each. */
export function recordSignals({ ledger, observe = unobserved }: AcceptNeeds, tx: Tx, drafts: readonly Draft[]): void {
  insertSignals(tx, drafts.map(judge));
  tx.afterCommit(() => {
    for (const { signal, disposition } of drafts) {
      observe({ kind: 'signal-stored', connection: signal.connection, channel: signal.channel, disposition });
    }
  });
  ledger.append(
    tx,
    drafts.map(({ id, signal, disposition, reason, caseId, ...who }) => ({
      kind: 'signal.recorded',
      caseId: disposition === 'duplicate' ? null : caseId,
      data: {
        signal: id,
        connection: signal.connection,
        channel: signal.channel,
        kind: signal.kind,
        eventId: impersonal(signal.eventId, signal),
        disposition,
        reason: who.doubt === null ? reason && impersonal(reason, signal) : null,
        match: matchOf(who),
        occurredAt: signal.occurredAt?.toISOString() ?? null,
        ...(signal.effectiveAt && { effectiveAt: signal.effectiveAt.toISOString() }),
        ...(signal.readBack && { readBack: signal.readBack }),
        bodySha256: signal.bodySha256,
        verifiedBy: signal.verifiedBy,
      },
      personal: who.person === null ? undefined : namesIn(signal),
    })),
  );
}

/** By what the person was recognised, or why nobody was. */
function matchOf({ rule, doubt }: Pick<Draft, 'rule' | 'doubt'>): JsonObject | null {
  return rule === null && doubt === null ? null : { rule, doubt };
}

/** What the message named the person by. Set apart, so that it is erased with them; where nobody was found whom one could erase it is not kept. */
function namesIn({ subject, eventId }: Signal): JsonObject | undefined {
  return subject ? { id: subject.id, email: subject.email, aliases: [...(subject.aliases ?? [])], eventId } : undefined;
}

/** Some channels make the name of an event of the person's id. */
function impersonal(text: string, { subject }: Signal): string {
  const id = subject?.id ?? '';
  return id.length < LEAST_ID ? text : text.replaceAll(id, '[id]');
}

function judge({ id, signal, disposition, reason, person, caseId }: Draft): JudgedSignal {
  return { id, signal, disposition, reason, personId: person?.id ?? null, caseId };
}
