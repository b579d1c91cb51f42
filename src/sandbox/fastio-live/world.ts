import type { Clock } from '../../kernel/clock.ts';
import type { Rules } from './rules.ts';
import { type EventRow, type State, written } from './state.ts';

export type EffectKind =
  | 'member.added'
  | 'member.updated'
  | 'member.removed'
  | 'ownership.transferred'
  | 'invitation.made'
  | 'invitation.cancelled'
  | 'grant.revoked'
  | 'identity.revoked';

/** One real change of state, made by a call. */
export interface Effect {
  readonly at: Date;
  readonly kind: EffectKind;
  readonly profileId: string;
  /** The account, the invitation, or the identity. */
  readonly subject: string;
}

/** How this Fast.io answers where its documentation contradicts itself or leaves it open. */
export interface Habits {
  /** Whether a success stands in a `response`, and not at the root. */
  readonly wrapped: boolean;
  /** Whether `result` is the word `yes` or `no`, and not a boolean. */
  readonly saysYes: boolean;
  /** Whether an error code is text. */
  readonly codesAsText: boolean;
  /** Whether members spell their fields in the other way. */
  readonly otherSpelling: boolean;
  /** Most rows of a page. */
  readonly pageSize: number;
  /** Whether only the owner may hand a workspace or a share over. */
  readonly onlyOwnersTransfer: boolean;
  /** Whether an end of a membership may be set. */
  readonly knowsExpiry: boolean;
  /** Whether there are calls for invitations, events, file shares and imports. */
  readonly offersLists: boolean;
  /** So many searches after an event do not show it yet. */
  readonly eventDelay: number;
}

/** What a handler may use. */
export interface World {
  readonly callerId: string;
  readonly orgId: string;
  readonly habits: Habits;
  readonly state: State;
  readonly rules: Rules;
  readonly effects: readonly Effect[];
  newId(): string;
  now(): Date;
  /** Makes a change, and writes it down; `event` is what the log shows of it. */
  change(effect: Omit<Effect, 'at'>, make: () => void, event?: string): void;
  /** What the next reading call sees. */
  view(): State;
  /** So many reading calls from now on see what was there before the last change. */
  lag(reads: number): void;
  /** Puts an event into the log that nobody here has caused. */
  log(event: string, userId: string, actorId?: string): void;
  /** The events that a search shows now. */
  searched(): readonly EventRow[];
}

export interface WorldNeeds extends Pick<World, 'callerId' | 'orgId' | 'habits' | 'state' | 'rules' | 'newId'> {
  readonly clock: Clock;
}

export function createWorld({ clock, ...parts }: WorldNeeds): World {
  const effects: Effect[] = [];
  const events: { row: EventRow; hiddenFor: number }[] = [];
  let before = structuredClone(parts.state);
  let lagging = 0;
  const log: World['log'] = (event, userId, actorId = parts.callerId) => {
    const row: EventRow = {
      event_id: `ev${parts.newId()}`,
      event,
      category: 'user',
      sub_category: 'members',
      org_id: parts.orgId,
      user_id: userId,
      calling_user: actorId,
      created: written(clock.now()),
    };
    events.push({ row, hiddenFor: parts.habits.eventDelay });
  };
  return {
    ...parts,
    effects,
    log,
    now: () => clock.now(),
    change(effect, make, event) {
      before = structuredClone(parts.state);
      make();
      effects.push({ at: clock.now(), ...effect });
      if (event !== undefined) log(event, effect.subject);
    },
    view() {
      if (lagging === 0) return parts.state;
      lagging -= 1;
      return before;
    },
    lag: (reads) => {
      lagging = reads;
    },
    searched() {
      const shown = events.filter(({ hiddenFor }) => hiddenFor === 0).map(({ row }) => row);
      for (const event of events) event.hiddenFor = Math.max(0, event.hiddenFor - 1);
      return shown;
    },
  };
}
