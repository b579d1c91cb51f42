import type { CallName } from './calls.ts';
import type { Effect } from './journal.ts';
import type { State, User, Workspace } from './state.ts';

/** The judge: knows what an offboarding must never do, and keeps a sentence for each time it was done. */
export interface Rules {
  readonly violations: readonly string[];
  /** From the first declared leaver on, everybody else is a bystander who must not be changed. */
  expectLeaver(userId: string): void;
  report(violation: string): void;
  /** Judges a call that is about to change something of a person, even where it would find nothing to change. */
  judgeChange(call: CallName, userId: string, what?: string): void;
  judgeTransfer(workspace: Workspace, newOwnerId: string): void;
  judgeRemoval(user: User, owned: readonly Workspace[]): void;
  /** Counts a real change; the same one twice for the same subject is a violation, until the person was released in between. */
  judgeEffect(effect: Effect): void;
}

const STATUS_CALLS: readonly CallName[] = ['suspend', 'release'];
const CLEARING_CALLS: readonly CallName[] = ['revokeSessions', 'deleteTokens', 'deleteWebhook'];

export function createRules(state: State): Rules {
  const violations: string[] = [];
  const leavers = new Set<string>();
  const seen = new Map<string, Effect>();
  const report = (violation: string) => void violations.push(violation);

  function judgeChange(call: CallName, userId: string, what = ''): void {
    const user = state.users.get(userId);
    const whom = [what, `user ${userId}`].filter(Boolean).join(' of ');
    if (leavers.size > 0 && !leavers.has(userId)) report(`${call}: ${whom} was touched, who is not a leaver`);
    if (user?.removed) {
      if (CLEARING_CALLS.includes(call)) report(`${call}: ${whom} came after the removal`);
    } else if (user?.status === 'active' && !STATUS_CALLS.includes(call)) {
      report(`${call}: ${whom} was changed before the user was suspended`);
    }
  }

  return {
    violations,
    report,
    judgeChange,
    expectLeaver: (userId) => void leavers.add(userId),
    judgeTransfer(workspace, newOwnerId) {
      if (isRepeat(workspace, newOwnerId) || isReturn(state, workspace, newOwnerId)) return;
      judgeChange('transfer', workspace.ownerId, `workspace ${workspace.id}`);
      const flaw = flawOfOwner(state, leavers, workspace, newOwnerId);
      if (flaw) report(`transfer: workspace ${workspace.id} was given to user ${newOwnerId}, who is ${flaw}`);
    },
    judgeRemoval(user, owned) {
      judgeChange('remove', user.id);
      for (const { id } of owned) report(`remove: user ${user.id} still owned workspace ${id}; its files are orphaned`);
    },
    judgeEffect(effect) {
      forgetUndone(seen, effect);
      const key = `${effect.kind} ${effect.workspaceId ?? effect.webhookId ?? effect.userId}`;
      if (seen.has(key)) report(`twice: ${key}`);
      seen.set(key, effect);
    },
  };
}

function isRepeat(workspace: Workspace, newOwnerId: string): boolean {
  return workspace.ownerId === newOwnerId && workspace.previousOwnerId !== undefined;
}

/** A released person may be given back what was theirs. */
function isReturn(state: State, workspace: Workspace, newOwnerId: string): boolean {
  return workspace.previousOwnerId === newOwnerId && state.member(newOwnerId)?.status === 'active';
}

function flawOfOwner(state: State, leavers: ReadonlySet<string>, workspace: Workspace, newOwnerId: string): string | undefined {
  const user = state.member(newOwnerId);
  if (!user) return 'unknown';
  if (leavers.has(newOwnerId) || workspace.ownerId === newOwnerId) return 'the leaver';
  return user.status === 'suspended' ? 'suspended' : undefined;
}

function forgetUndone(seen: Map<string, Effect>, { kind, userId }: Effect): void {
  const undone = (past: Effect): boolean => {
    if (kind === 'user.activated') return past.userId === userId;
    return kind === 'user.suspended' && (past.newOwnerId === userId || (past.kind === 'user.activated' && past.userId === userId));
  };
  for (const [key, past] of seen) if (undone(past)) seen.delete(key);
}
