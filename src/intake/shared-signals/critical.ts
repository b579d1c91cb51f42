import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { keptAnswer } from '../../kernel/kept-answer.ts';
import type { Log } from '../../kernel/log.ts';
import { shown } from '../../tokens/tokens.ts';
import { discover } from './discovery.ts';
import type { ParsedEvent } from './parse.ts';

/** Which members of a complex subject the transmitter calls critical: an event that has one must not be acted on by whoever cannot process it. */
export type CriticalMembers = () => Promise<readonly string[]>;

export interface CriticalMembersNeeds {
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
}

const KEEP_MS = 600_000;
const PATIENCE_MS = 500;

/**
 * Reads them in the discovery document of the issuer, when they are first asked for and when they are ten minutes old. No event waits for longer than
 * half a second: while the document cannot be read, those known last count, and none before it was read for the first time.
 */
export function createCriticalMembers({ issuer, clock, log }: CriticalMembersNeeds): CriticalMembers {
  let known: readonly string[] = [];
  const ask = async (): Promise<null> => {
    try {
      known = (await discover(issuer)).critical_subject_members ?? [];
    } catch (error) {
      log.warn({ issuer, reason: messageOf(error), known }, 'which members of subjects are critical could not be read; those known count');
    }
    return null;
  };
  const look = keptAnswer({ clock, keepMs: KEEP_MS, patienceMs: PATIENCE_MS, otherwise: null, ask });
  return async () => {
    await look();
    return known;
  };
}

/**
 * The event as it may be acted on: one that has a critical member which is not read is ignored. The transmitter is asked for them only where there is
 * any member that is not read.
 *
 * @see https://openid.net/specs/openid-sharedsignals-framework-1_0.html (section 3.6)
 */
export async function withoutCritical(event: ParsedEvent, criticalMembers: CriticalMembers): Promise<Omit<ParsedEvent, 'besides'>> {
  const { besides = [], ...read } = event;
  const critical = besides.length === 0 ? [] : await criticalMembers();
  const missed = besides.filter((name) => critical.includes(name));
  return missed.length === 0 ? read : discarded(read, missed);
}

function discarded({ kind, eventId, occurredAt }: ParsedEvent, missed: readonly string[]): ParsedEvent {
  const names = missed.map(shown).join(', ');
  const note = `its subject has ${names}, which the transmitter calls critical and Leaver cannot process: it is discarded (SSF 1.0, section 3.6)`;
  return { kind, eventId, occurredAt, meaning: 'ignore', subject: null, note };
}
