import { inspect } from 'node:util';

/** What stands in the place of a secret wherever it is written down. */
export const REDACTED = '[redacted]';

/**
 * A value that can be used but not shown: as text, as JSON, in a log line or in a debugger's print it is `[redacted]`.
 *
 * Two secrets cannot be compared by a deep comparison; reveal them, and compare in constant time.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
