import assert from 'node:assert/strict';
import type { Answer, Attempt } from './attempt.ts';

/** What the attempts of each channel came to. */
export interface Tally {
  note(channel: string, attempt: Attempt, answer: Answer): void;
  /** For people: how many there were, by the status of the answer. */
  told(channel: string): string;
  /** Fails where nearly everything was taken, or nearly everything refused: the fuzz would say little of the channel. */
  assertBothFates(channel: string): void;
}

const LEAST = 12;

export function createTally(): Tally {
  const statuses = new Map<string, Map<number, number>>();
  const fates = new Map<string, { taken: number; refused: number }>();
  return {
    note: (channel, { isGenuine }, { status }) => {
      const byStatus = statuses.get(channel) ?? new Map<number, number>();
      statuses.set(channel, byStatus.set(status, (byStatus.get(status) ?? 0) + 1));
      const fate = fates.get(channel) ?? { taken: 0, refused: 0 };
      fate[isGenuine && status < 300 ? 'taken' : 'refused'] += 1;
      fates.set(channel, fate);
    },
    told: (channel) => {
      const sorted = [...(statuses.get(channel) ?? [])].sort(([a], [b]) => a - b);
      const all = sorted.reduce((sum, [, count]) => sum + count, 0);
      return `${channel}: ${all} attempts, answered ${sorted.map(([status, count]) => `${status} ${count} times`).join(', ')}`;
    },
    assertBothFates: (channel) => {
      for (const [fate, count] of Object.entries(fates.get(channel) ?? { taken: 0, refused: 0 })) {
        assert.ok(count > LEAST, `${channel}: only ${count} attempts were ${fate}, so the fuzz says little of it`);
      }
    },
  };
}
