import type { Clock } from '../../kernel/clock.ts';
import type { Effect, Journal, RequestRecord } from './journal.ts';
import type { Rules } from './rules.ts';
import type { State, Workspace } from './state.ts';

/** How this Fastio answers where the surface leaves a server some freedom. */
export interface Habits {
  readonly orgId: string;
  /** Most rows of a page, whatever `limit` asks for. */
  readonly pageSize: number;
  readonly ignoreEmailFilter: boolean;
  /** Transfers answer 202 and move the ownership this much later. */
  readonly acceptedTransfers: { readonly afterMs: number } | undefined;
  /** Whether somebody who has not accepted the invitation, or was deactivated, can be suspended. */
  readonly suspendsAnybody: boolean;
  /** Revocations answer 204 without counts. */
  readonly bareAnswers: boolean;
  /** Who the audit log says did it: the holder of the token. */
  readonly actorId: string;
}

/** What a handler may use. */
export interface World {
  readonly clock: Clock;
  readonly state: State;
  readonly journal: Journal;
  readonly rules: Rules;
  readonly habits: Habits;
}

type Change = Omit<Effect, 'seq' | 'at' | 'requestSeq'> & { readonly at?: Date };

/** Writes a real change down: effect, audit entry, verdict. */
export function changed(world: World, requestSeq: number, change: Change): void {
  const effect = world.journal.changed({ ...change, requestSeq });
  const { kind: event, userId, at: createdAt } = effect;
  world.journal.audit({ event, userId, createdAt, actorId: world.habits.actorId });
  world.rules.judgeEffect(effect);
}

/** Like {@link changed}, and marks the request as the one that did it. */
export function changedBy(world: World, request: RequestRecord, change: Change): void {
  request.effect = true;
  changed(world, request.seq, change);
}

/** Moves the ownership now. */
export function moveWorkspace(world: World, workspace: Workspace, newOwnerId: string, requestSeq: number, at: Date): void {
  const userId = workspace.ownerId;
  workspace.previousOwnerId = userId;
  workspace.ownerId = newOwnerId;
  delete workspace.pending;
  changed(world, requestSeq, { kind: 'workspace.transferred', userId, workspaceId: workspace.id, newOwnerId, at });
}

/** Lets accepted transfers happen whose time has come. Called before every look at the world, so that no timer is needed. */
export function settle(world: World): void {
  const due = [...world.state.workspaces.values()].flatMap((workspace) =>
    workspace.pending && workspace.pending.dueAt <= world.clock.now() ? [{ workspace, ...workspace.pending }] : [],
  );
  due.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
  for (const { workspace, newOwnerId, requestSeq, dueAt } of due) {
    if (world.state.member(newOwnerId)) moveWorkspace(world, workspace, newOwnerId, requestSeq, dueAt);
    else delete workspace.pending;
  }
}
