import type { State, Workspace } from './state.ts';

/** The judge: knows what an offboarding must never do, and keeps a sentence for each time it was done. */
export interface Rules {
  readonly violations: readonly string[];
  /** From the first declared leaver on, nobody else may be taken out of anything. */
  expectLeaver(userId: string): void;
  report(violation: string): void;
  /** Judges a call before it is looked at: whom it would sign out, and whether there is such a call. */
  judgeCall(call: string): void;
  judgeTakingOut(userId: string, where: string): void;
  /** Judges a workspace that somebody has just been taken out of. */
  judgeRemainder(state: State, workspace: Workspace): void;
  judgeDeletion(state: State, userId: string): void;
}

/** Calls that act on whoever makes them, or weaken the account of somebody else. */
const SESSION_CALLS = /^(?!GET )\S+ \/(sessions|token|devices|mfa)\b|^\S+ \/user\/(logout|deactivate)$/;

export function createRules(callerId: string): Rules {
  const violations: string[] = [];
  const leavers = new Set<string>();
  const report = (violation: string): void => void violations.push(violation);
  return {
    violations,
    report,
    expectLeaver: (userId) => void leavers.add(userId),
    judgeCall(call) {
      if (SESSION_CALLS.test(call)) report(`a call that acts on the session or the account of the caller: ${call}`);
    },
    judgeTakingOut(userId, where) {
      if (userId === callerId) report(`self-removal: the caller ${userId} was to be taken out of ${where}`);
      else if (leavers.size > 0 && !leavers.has(userId)) report(`${userId}, who is not a leaver, was to be taken out of ${where}`);
    },
    judgeRemainder({ people }, { id, members }) {
      const isHumanAdmin = ([userId, role]: [string, string]) =>
        role === 'ADMIN' && userId !== callerId && people[userId]?.deletedAt === null;
      if (!Object.entries(members).some(isHumanAdmin)) report(`workspace ${id} was left without a human ADMIN`);
    },
    judgeDeletion({ workspaces }, userId) {
      for (const { id, members } of Object.values(workspaces)) {
        const isAdministered = members[callerId] === 'ADMIN';
        if (isAdministered && members[userId])
          report(`${userId} was deleted while still a member of workspace ${id}, which the caller administers`);
      }
    },
  };
}
