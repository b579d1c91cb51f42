import type { Happening } from './happening.ts';
import type { Sent } from './schedule.ts';

/** A message on its way. */
export interface Outgoing {
  /** The same at every attempt: what a receiver tells a message from its double by. */
  readonly id: string;
  readonly recipient: string;
  /** When it was decided on, the same at every attempt. */
  readonly createdAt: Date;
  readonly happened: Happening;
}

/**
 * One way on which messages go out. Throws never; what was sent twice, because nobody could know that it had arrived, has the same id both times.
 */
export interface Sender {
  send(message: Outgoing, signal: AbortSignal): Promise<Sent>;
  close(): Promise<void>;
}
