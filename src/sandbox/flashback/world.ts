import type { Clock } from '../../kernel/clock.ts';
import type { Rules } from './rules.ts';
import type { State } from './state.ts';

export type EffectKind = 'member.removed' | 'member.added' | 'role.changed' | 'person.deleted' | 'person.activated';

/** One real change of state, made by a call. */
export interface Effect {
  readonly at: Date;
  readonly kind: EffectKind;
  readonly userId: string;
  readonly workspaceId?: string;
}

/** How this Flashback answers where its documentation leaves it open. */
export interface Habits {
  /** Whether the lists of people show those who were deleted. */
  readonly listsDeleted: boolean;
  /** Most people of a list, whose `total` counts all of them all the same. */
  readonly pageSize: number;
}

/** What a handler may use. */
export interface World {
  readonly callerId: string;
  readonly habits: Habits;
  readonly state: State;
  readonly rules: Rules;
  readonly effects: readonly Effect[];
  now(): Date;
  /** Makes a change, and writes it down. */
  change(effect: Omit<Effect, 'at'>, make: () => void): void;
  /** What the next reading call sees. */
  view(): State;
  /** So many reading calls from now on see what was there before the last change. */
  lag(reads: number): void;
}

export interface WorldNeeds extends Pick<World, 'callerId' | 'habits' | 'state' | 'rules'> {
  readonly clock: Clock;
}

export function createWorld({ clock, ...parts }: WorldNeeds): World {
  const effects: Effect[] = [];
  let before = structuredClone(parts.state);
  let lagging = 0;
  return {
    ...parts,
    effects,
    now: () => clock.now(),
    change(effect, make) {
      before = structuredClone(parts.state);
      make();
      effects.push({ at: clock.now(), ...effect });
    },
    view() {
      if (lagging === 0) return parts.state;
      lagging -= 1;
      return before;
    },
    lag: (reads) => {
      lagging = reads;
    },
  };
}
