import { z } from 'zod';
import { LeaverError } from '../../kernel/errors.ts';
import type { Signal } from '../signal.ts';
import { eventSchema, identifier, type OktaEvent } from './event.ts';
import { interpret, type MeaningNeeds } from './meaning.ts';
import { subjectOf } from './subject.ts';

const ENVELOPE = 'com.okta.event_hook';

const deliverySchema = z.object({
  // Other hooks of Okta ask for decisions and have other names here.
  eventType: z.literal(ENVELOPE).nullish(),
  eventId: identifier.nullish().catch(null),
  // As the documentation of 2019 had it.
  eventID: identifier.nullish().catch(null),
  data: z.object({ events: z.array(z.unknown()).max(1_000) }),
});

/** What one event of a delivery says. */
export type ParsedEvent = Pick<Signal, 'kind' | 'eventId' | 'meaning' | 'subject' | 'note' | 'occurredAt' | 'isRefused'>;

/**
 * Reads the body of an event hook delivery.
 *
 * @param bodySha256 stands in for the identity of an event that carries none
 * @see https://developer.okta.com/docs/concepts/event-hooks/
 * @throws LeaverError `invalid-request` when the body is not such a delivery
 */
export function parseDelivery(body: unknown, bodySha256: string, needs: MeaningNeeds = {}): ParsedEvent[] {
  const delivery = deliverySchema.safeParse(body);
  if (!delivery.success) {
    throw new LeaverError(
      'invalid-request',
      `The body is not an Okta event hook delivery: eventType is not ${ENVELOPE}, or data.events is missing, is no list, or has more than 1000 entries. Nothing was stored.`,
    );
  }
  const { eventId, eventID, data } = delivery.data;
  return data.events.map((raw, index) => parseEvent(raw, `${eventId ?? eventID ?? bodySha256}#${index}`, needs));
}

/** One that cannot be read is refused by itself, and takes none of its delivery with it. */
function parseEvent(raw: unknown, fallbackId: string, needs: MeaningNeeds): ParsedEvent {
  const event = eventSchema.safeParse(raw);
  if (!event.success) {
    const kind = z.object({ eventType: identifier }).safeParse(raw).data?.eventType ?? 'unreadable';
    const note = `the event cannot be read: ${event.error.issues[0]?.path.join('.')} is missing or malformed`;
    return { kind, eventId: fallbackId, meaning: 'ignore', isRefused: true, subject: null, note, occurredAt: null };
  }
  const { uuid, eventType, published } = event.data;
  const occurredAt = published ? new Date(published) : null;
  return { kind: eventType, eventId: uuid, occurredAt, ...read(event.data, needs) };
}

function read(event: OktaEvent, needs: MeaningNeeds): Pick<ParsedEvent, 'meaning' | 'subject' | 'note'> {
  const { meaning, note } = interpret(event, needs);
  return meaning === 'ignore' ? { meaning, subject: null, note } : { meaning, ...subjectOf(event, meaning) };
}
