import type { Fault } from '../fault.ts';
import type { Attempt } from './attempt.ts';
import type { Account } from './facts.ts';
import type { Listed } from './paging.ts';
import type { AuditEvent } from './schemas.ts';

const DELETED = 'user.deleted';

/** The audit events that say this account was deleted. Both filters are only a hint to the server, so each event is looked at. */
export async function deletionsOf({ api }: Attempt, { userId }: Account): Promise<Listed<AuditEvent> | Fault> {
  const log = await api.auditEvents(userId, DELETED);
  if (log.kind === 'fault') return log;
  return { kind: 'list', items: log.items.filter((event) => event.event === DELETED && event.user_id === userId) };
}
