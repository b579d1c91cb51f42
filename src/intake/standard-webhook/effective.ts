import { Temporal } from 'temporal-polyfill';
import { isTimeZone } from '../../kernel/time-zone.ts';

/** When a message takes effect: `at` is null where that is at once. */
export type Effective = { readonly kind: 'at'; readonly at: Date | null } | { readonly kind: 'unreadable'; readonly reason: string };

export interface EffectiveNeeds {
  readonly now: Date;
  /** Holds where the message names no time zone. */
  readonly defaultTimeZone: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** Further from today, a date is a slip or stands for none (9999-12-31, 1900-01-01). */
const MOST_DAYS_AWAY = 731;
const DAY_MS = 86_400_000;

/**
 * Reads the effective date of a message. A plain date is somebody's last day: they leave at the end of it, where they are. A date-time without an
 * offset is the wall clock where they are; of an hour that the clock shows twice it is the first, of one that it skips it is as much later as
 * is skipped (as in calendars, RFC 5545 section 3.3.5). A date-time with an offset is that instant. Anything else is not guessed at.
 *
 * @param value what the message has for it: nothing at all means at once
 * @param timeZone what the message has for the time zone
 */
export function readEffective(value: unknown, timeZone: unknown, { now, defaultTimeZone }: EffectiveNeeds): Effective {
  if (value === undefined || value === null) {
    return { kind: 'at', at: null };
  }
  if (typeof value !== 'string' || !(DATE.test(value) || LOCAL.test(value) || INSTANT.test(value))) {
    return unreadable('its effective date is neither a date (2026-12-31) nor a date-time (2026-12-31T17:00, with or without an offset)');
  }
  const zone = timeZone ?? defaultTimeZone;
  if (!INSTANT.test(value) && !(typeof zone === 'string' && isTimeZone(zone))) {
    return unreadable('its time zone is not known; it must be a name like Europe/Lisbon');
  }
  const at = instantOf(value, String(zone));
  return at === null ? unreadable(`its effective date ${value} is none of the calendar`) : within(at, value, now);
}

function within(at: Date, value: string, now: Date): Effective {
  const daysAway = Math.abs(at.getTime() - now.getTime()) / DAY_MS;
  return daysAway > MOST_DAYS_AWAY
    ? unreadable(`its effective date ${value} is more than two years away, which is taken for a slip`)
    : { kind: 'at', at };
}

function unreadable(reason: string): Effective {
  return { kind: 'unreadable', reason };
}

function instantOf(value: string, timeZone: string): Date | null {
  try {
    return new Date(momentOf(value, timeZone).epochMilliseconds);
  } catch {
    // 30 February, or 25 o'clock.
    return null;
  }
}

function momentOf(value: string, timeZone: string): Temporal.Instant | Temporal.ZonedDateTime {
  if (INSTANT.test(value)) {
    return Temporal.Instant.from(value);
  }
  if (LOCAL.test(value)) {
    return Temporal.PlainDateTime.from(value).toZonedDateTime(timeZone, { disambiguation: 'compatible' });
  }
  // The first moment of the next day, which is not always midnight.
  return Temporal.PlainDate.from(value).add({ days: 1 }).toZonedDateTime(timeZone);
}
