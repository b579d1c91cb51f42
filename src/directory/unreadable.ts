import type { Fault } from '../outbound/outbound.ts';
import type { Unreadable } from './reader.ts';

/** The fault as a reading. */
export function unreadable({ message, retryAfterMs }: Fault): Unreadable {
  return { kind: 'unreadable', detail: message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
