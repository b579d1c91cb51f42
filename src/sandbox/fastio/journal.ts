import type { Clock } from '../../kernel/clock.ts';
import type { CallName } from './calls.ts';

export type EffectKind =
  | 'user.suspended'
  | 'user.activated'
  | 'sessions.revoked'
  | 'tokens.deleted'
  | 'webhook.deleted'
  | 'workspace.transferred'
  | 'user.deleted';

/** What became of a request: the status that was sent, or how it ended without one. */
export type Ending = number | 'hang' | 'reset' | 'client-gone' | 'pending';

/** One request, as the server saw it. Ids are those in its path or query. */
export interface RequestRecord {
  /** Place in the one order of all requests and effects. */
  readonly seq: number;
  readonly at: Date;
  readonly call: CallName | 'unknown';
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly userId: string | null;
  readonly workspaceId: string | null;
  readonly webhookId: string | null;
  /** The `email` a resolve call asks for. */
  readonly email: string | null;
  readonly idempotencyKey: string | null;
  status: Ending;
  /** Milliseconds from arrival to the answer's start, or to the end of the connection where there was none. */
  tookMs: number;
  /** Whether it changed something, or was accepted to change it later. */
  effect: boolean;
}

/** One real change of state. `userId` is whose state it was: for a transfer the former owner, for a webhook its user. */
export interface Effect {
  readonly seq: number;
  readonly at: Date;
  readonly kind: EffectKind;
  readonly userId: string;
  readonly workspaceId?: string;
  readonly webhookId?: string;
  readonly newOwnerId?: string;
  readonly requestSeq: number;
}

export interface AuditEntry {
  readonly id: string;
  readonly event: EffectKind;
  readonly userId: string;
  readonly actorId: string;
  readonly createdAt: Date;
}

/** The memory of what happened. Requests and effects share one sequence. */
export interface Journal {
  readonly requests: readonly RequestRecord[];
  readonly effects: readonly Effect[];
  arrived(facts: Omit<RequestRecord, 'seq' | 'at' | 'status' | 'tookMs' | 'effect'>): RequestRecord;
  changed(facts: Omit<Effect, 'seq' | 'at'> & { readonly at?: Date }): Effect;
  /** Adds to the audit log; the entry can be read once the delay has passed. */
  audit(entry: Omit<AuditEntry, 'id'>): void;
  /** The audit entries that can be read by now, oldest first. */
  visibleAudit(): AuditEntry[];
}

export interface JournalNeeds {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly auditDelayMs: number;
}

export function createJournal({ clock, newId, auditDelayMs }: JournalNeeds): Journal {
  const requests: RequestRecord[] = [];
  const effects: Effect[] = [];
  const entries: AuditEntry[] = [];
  let seq = 0;

  return {
    requests,
    effects,
    arrived(facts) {
      const record: RequestRecord = { seq: ++seq, at: clock.now(), ...facts, status: 'pending', tookMs: 0, effect: false };
      requests.push(record);
      return record;
    },
    changed(facts) {
      const effect: Effect = { seq: ++seq, at: clock.now(), ...facts };
      effects.push(effect);
      return effect;
    },
    audit: (entry) => void entries.push({ id: newId(), ...entry }),
    visibleAudit: () => entries.filter(({ createdAt }) => createdAt.getTime() + auditDelayMs <= clock.now().getTime()),
  };
}
