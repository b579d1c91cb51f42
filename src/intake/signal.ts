import type { Subject } from '../directory/directory.ts';
import type { JsonObject } from '../kernel/json.ts';

export const DISPOSITIONS = ['accepted', 'duplicate', 'ignored', 'unresolved', 'refused', 'contradicted'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/**
 * What a message says about its person.
 *
 * - `offboard`, `contain`: take the person out, or only lock them out
 * - `back`: the person is active again
 * - `ignore`: nothing that concerns a leaver
 */
export type Meaning = 'offboard' | 'contain' | 'back' | 'ignore';

/** One verified message, as every channel hands it over. */
export interface Signal {
  readonly connection: string;
  readonly channel: string;
  /** The sender's own name for what happened. */
  readonly kind: string;
  /** The sender's own identity of the event: the same one twice is one signal. */
  readonly eventId: string;
  readonly meaning: Meaning;
  /** Null when the message names nobody who could be told for certain; `note` says why. */
  readonly subject: Subject | null;
  /** Why the signal is ignored or names nobody, for people. */
  readonly note: string | null;
  /** The item failed its own check within an accepted delivery: it is recorded, with `note` as the reason, and never acted on. */
  readonly isRefused?: boolean;
  /** An address that the sender says has passed to somebody else: from now on it tells nobody. */
  readonly recycled?: string;
  /** The sender says that whoever has this name has another address now. It is learned, whatever the signal means besides. */
  readonly renamed?: { readonly subject: Subject; readonly email: string };
  /** What was asked of the identity provider before the message was believed, and what it said. */
  readonly readBack?: JsonObject;
  /** By the sender's clock. */
  readonly occurredAt: Date | null;
  /** When it takes effect, if the message says so; without it, at once. */
  readonly effectiveAt?: Date | null;
  /** SHA-256 of the raw body, hex. */
  readonly bodySha256: string;
  /** Which secret or key proved the message, by its place in the configuration; never the secret. */
  readonly verifiedBy: string;
  /** Where what follows from it belongs in a trace. */
  readonly traceparent?: string | null;
}
