import type { Check } from '../kernel/check.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';

/** The order in which a target is left; `resolve` first, `notify` last. */
export const PHASES = ['resolve', 'contain', 'inventory', 'cleanup', 'transfer', 'remove', 'verify', 'notify'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * What a finished action established.
 *
 * - `verified`: seen in the target afterwards
 * - `acknowledged`: the target said yes, and offers nothing to check it by
 * - `already-absent`: there was nothing to do
 * - `not-offered`: the target has no such call; the facts say what stays reachable and for how long
 */
export const OUTCOMES = ['verified', 'acknowledged', 'already-absent', 'not-offered'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type Playbook = 'offboard' | 'contain';

/**
 * What a target can do about one kind of access. What it does not offer, or only to the person themself (`self-only`), becomes a step of every plan
 * that states the rest of this: see `withStatements`.
 */
export interface Capability {
  readonly support: 'yes' | 'self-only' | 'not-offered';
  /** What stays reachable, as a sentence. */
  readonly residual?: string;
  /** For how long, for example `up to 1 hour after the removal`; absent where no access follows from it. */
  readonly lasts?: string;
  /** What a person should do about it, as a sentence. */
  readonly advice?: string;
}

export type CapabilityName = 'suspend' | 'sessions' | 'tokens' | 'webhooks' | 'ownership' | 'membership' | 'audit';
export type Capabilities = Readonly<Record<CapabilityName, Capability>>;

/** One kind of action of a target, as the plan needs it. */
export interface ActionDefinition {
  readonly action: string;
  readonly phase: Phase;
  /** Actions of the same target that must be done before this one may start. */
  readonly after: readonly string[];
  readonly playbooks: readonly Playbook[];
  /** How its effect is seen in the target, for people: what an attempt that follows another one looks at before it acts. */
  readonly observed: string;
  /** The action of this target whose effect this one takes back, for the same subject. Planned only when a case is cancelled or reversed. */
  readonly undoes?: string;
  /** What stays as it is when the case is taken back, as a sentence; absent where nothing was changed, or another action takes it back. */
  readonly lasting?: string;
  /** True for an action that other actions add once they know its subjects (one step a workspace); it is not planned ahead. */
  readonly perSubject?: boolean;
  /** Set for an action that calls nothing, and only states what the target does not offer. */
  readonly notOffered?: NotOffered;
}

/** A capability that a target lacks, as the facts of a step state it. */
export type NotOffered = Omit<Capability, 'support'> & { readonly capability: CapabilityName };

/** A failure as it is kept and shown: for people, without secrets. */
export interface ActionError {
  readonly code: ErrorCode;
  /** In which target, what happened, to whom, and what a person should do next. */
  readonly message: string;
  /** HTTP status of the answer that led here. */
  readonly status?: number;
  /** The target's own error code. */
  readonly targetCode?: string;
  /** How long the target asked to be left alone. */
  readonly retryAfterMs?: number;
}

/** Something an action found out that still has to be done: a step of `action` for `subject`. */
export interface FollowUp {
  readonly action: string;
  readonly subject: string;
  readonly facts?: JsonObject;
}

/**
 * What an action came to.
 *
 * - `done`: finished, with what was established
 * - `account-absent`: the person has no account here; nothing else in this target is needed
 * - `more-first`: the action did nothing, because `followUps` must be done before it (a workspace appeared before the removal)
 * - `retry-later`: nothing can be said yet; to be started again, not before `afterMs` where given
 * - `refused`: the target will not, and asking again does not help; a person must act
 * - `ask-first`: nothing was done, and nothing will be in this case until somebody has approved, for the given reason
 *
 * `targetDown` says that the target as a whole did not answer as it should: no fault of this action, and of no use to try with others.
 */
export type ActionResult =
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly facts?: JsonObject; readonly followUps?: readonly FollowUp[] }
  | { readonly kind: 'account-absent'; readonly facts?: JsonObject }
  | { readonly kind: 'not-needed'; readonly reason: string }
  | { readonly kind: 'more-first'; readonly followUps: readonly FollowUp[]; readonly reason: string }
  | { readonly kind: 'retry-later'; readonly error: ActionError; readonly afterMs?: number; readonly targetDown?: boolean }
  | { readonly kind: 'refused'; readonly error: ActionError }
  | { readonly kind: 'ask-first'; readonly reason: string };

/** A finished step of the same target, as later actions see it. */
export interface FinishedStep {
  readonly action: string;
  readonly subject: string | null;
  readonly outcome: Outcome | null;
  readonly facts: JsonObject;
}

/** What one attempt of an action is given. */
export interface ActionContext {
  readonly person: {
    readonly email: string;
    /** Further addresses that are theirs, or were and are not known to be somebody else's now: looked for where nobody has the e-mail. */
    readonly aliases?: readonly string[];
    readonly name: string | null;
  };
  /** Stable for all attempts of one step: the idempotency key. */
  readonly stepId: string;
  /** What the step is about (a workspace id), null when it is about the account itself. */
  readonly subject: string | null;
  /** Facts that the follow-up brought along. */
  readonly facts: JsonObject;
  /** True when an earlier attempt may have reached the target: its effect is looked up before anything is done again. */
  readonly repeated: boolean;
  /** Steps of this target that are done, in the order of the plan. */
  readonly finished: readonly FinishedStep[];
  /** Accounts of this target whose owners are leaving too: never a successor. */
  readonly leavingAccounts: ReadonlySet<string>;
  /** What is known of those who might succeed the leaver; absent where nobody can be asked. */
  readonly succession?: Succession;
  /** Aborted when the attempt must end: the worker stops or has lost its claim. */
  readonly signal: AbortSignal;
  /** Called before every single call to the target; throws when this worker may no longer act. What it throws leaves `perform` as it is. */
  readonly beforeCall?: () => void;
}

/** Somebody above the leaver, as an identity provider names them. */
export interface Superior {
  readonly source: 'manager' | "manager's manager";
  /** How to call them where no e-mail may stand. */
  readonly ref: string;
  /** Where they are looked for, the best one first; none where no address is known. */
  readonly emails: readonly string[];
  /** Who says so. */
  readonly connection: string;
  /** Whether the identity provider says that they are still there; null when it did not say. */
  readonly isActive: boolean | null;
}

/** Those above the leaver, nearest first; `notes` say why there are no more of them, without naming anybody. `unreadable`: to be asked again later. */
export type Superiors =
  | { readonly kind: 'superiors'; readonly superiors: readonly Superior[]; readonly notes: readonly string[] }
  | { readonly kind: 'unreadable'; readonly detail: string; readonly retryAfterMs?: number };

/** What is known of those who might succeed the leaver, whichever the target; asked only where there is something to be handed over. */
export interface Succession {
  superiors(): Promise<Superiors>;
  /** Whether somebody with one of these addresses is leaving too. */
  isLeaving(emails: readonly string[]): Promise<boolean>;
}

/** An account of the target that might take over what the leaver owns. */
export interface SuccessorCandidate {
  /** Empty where the target has no account of theirs, or more than one. */
  readonly accountId: string;
  readonly email: string | null;
  /** Where the proposal comes from. */
  readonly source: Superior['source'] | 'fallback';
  /** `unknown`: the target does not list the account. `ambiguous`: it lists several. */
  readonly status: 'active' | 'suspended' | 'unknown' | 'ambiguous';
  /** How to call them in reasons, where there is no account to name. */
  readonly ref?: string;
  readonly isLeaving?: boolean;
  /** The identity provider that says that they are no longer there. */
  readonly inactiveAt?: string;
  /** Whether what is handed over does not fit into the storage that they may use. */
  readonly isOverQuota?: boolean;
}

/** The choice among candidates; `reasons` says of each one passed over why, and what is odd about the chosen one. */
export type SuccessorChoice =
  | { readonly kind: 'chosen'; readonly candidate: SuccessorCandidate; readonly reasons: readonly string[] }
  | { readonly kind: 'none'; readonly reasons: readonly string[] };

/** Chooses among candidates in order of preference. Pure; handed to the targets, which know who has an account, not who is fit. */
export type ChooseSuccessor = (
  candidates: readonly SuccessorCandidate[],
  context: {
    readonly leaverAccountId: string;
    readonly leavingAccounts: ReadonlySet<string>;
    /** The account that Leaver itself works with, where it cannot succeed anybody. */
    readonly ownAccountId?: string;
  },
) => SuccessorChoice;

/** What somebody is to be told to whom something came. */
export interface HandOverNotice {
  /** The same for all attempts: nobody is told twice for one key. */
  readonly key: string;
  readonly email: string;
  readonly target: string;
  readonly leaver: { readonly email: string; readonly name: string | null };
  readonly workspaces: readonly { readonly id: string; readonly name: string }[];
  /** API tokens of the leaver that were deleted; null where it is not known how many. */
  readonly tokens: number | null;
  /** Webhooks of the leaver that were deleted. */
  readonly webhooks: readonly { readonly id: string; readonly appId: string | null; readonly host: string | null }[];
  /** True where nobody else can delete keys of the leaver: they stay, and no longer reach what was handed over. */
  readonly keepsKeys?: boolean;
}

/** How the telling stands: the mail server took the mail, has not yet (it is tried again by itself), or never will. Problems are for people, without addresses. */
export type Telling =
  | { readonly kind: 'accepted'; readonly messageId: string }
  | { readonly kind: 'waiting'; readonly problem: string }
  | { readonly kind: 'refused'; readonly problem: string };

/** Tells a successor, by whatever way the service has; handed to the targets, which know what came to whom. */
export type TellSuccessor = (notice: HandOverNotice, signal: AbortSignal) => Promise<Telling>;

/** Whether a target answers, and how it was found out. */
export interface Reachability {
  readonly reachable: boolean;
  readonly detail: string;
}

/**
 * Somebody who carries out steps.
 *
 * `perform` may be called twice for one step, also by two workers whose claims overlap for a moment, and after a crash at any point:
 * with `context.repeated` it observes what is there before it acts. It never throws for anything that the other side did; it throws
 * only when `context.signal` is aborted or `context.beforeCall` forbids the next call.
 */
export interface Performer {
  readonly id: string;
  /** Everything it can do, in the order in which a plan lists it. */
  readonly actions: readonly ActionDefinition[];
  perform(action: string, context: ActionContext): Promise<ActionResult>;
  /** Reads only. */
  probe(signal: AbortSignal): Promise<Reachability>;
}

/** A system that people must leave. */
export interface Target extends Performer {
  readonly kind: string;
  readonly capabilities: Capabilities;
  /** How the account of a person is found, and what is none, for people. */
  readonly resolution?: string;
  /** Whether the credential may do what the actions need, and whether the settings fit what is there; found out by reads only. */
  inspect?(signal: AbortSignal): Promise<readonly Check[]>;
  close(): Promise<void>;
}
