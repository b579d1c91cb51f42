import { ownerOf, type Profile, type State } from './state.ts';

/** The judge: knows what an offboarding must never do, and keeps a sentence for each time it was done. */
export interface Rules {
  readonly violations: readonly string[];
  /** From the first declared leaver on, nobody else may be taken out of anything or cut down. */
  expectLeaver(userId: string): void;
  report(violation: string): void;
  /** Judges a call before it is looked at: whom it would sign out or take out, and how it is made. */
  judgeCall(method: string, path: string): void;
  /** Judges whom a change is about; `asked` is how the path named them. */
  judgeChange(what: string, userId: string, asked: string, profile: Profile): void;
  judgeRemoval(state: State, userId: string, profile: Profile): void;
  judgeNewOwner(userId: string, profile: Profile): void;
  /** Judges whose grant or login is revoked: `userId` is the account that `asked` names. */
  judgeRevocation(what: 'grant' | 'identity', asked: string, userId: string | undefined): void;
}

/** Calls that act on whoever makes them. */
const ON_THE_CALLER = /^(?!GET )\S+ \/(user\/(auth|close|invitations)|oauth)\//;
const LEAVING = /^DELETE \/(org|workspace|share)\/[^/]+\/member\/$/;
const GET_TRANSFER = /^GET .*\/transfer_ownership\/$/;

export function createRules(callerId: string): Rules {
  const violations: string[] = [];
  const leavers = new Set<string>();
  const report = (violation: string): void => void violations.push(violation);
  return {
    violations,
    report,
    expectLeaver: (userId) => void leavers.add(userId),
    judgeCall(method, path) {
      const call = `${method} ${path}`;
      if (!path.endsWith('/')) report(`a path without a slash at its end: ${call}`);
      if (LEAVING.test(call)) report(`self-removal: ${call} makes the caller leave`);
      if (ON_THE_CALLER.test(call)) report(`a call that acts on the account of the caller: ${call}`);
      if (GET_TRANSFER.test(call)) report(`an ownership was handed over by a GET: ${call}`);
    },
    judgeChange(what, userId, asked, { kind, id }) {
      const where = `${kind} ${id}`;
      if (asked !== userId) report(`${what}: ${userId} was named ${asked} in the path, in ${where}`);
      if (userId === callerId) report(`${what}: the caller ${userId} itself, in ${where}`);
      else if (leavers.size > 0 && !leavers.has(userId)) report(`${what}: ${userId}, who is not a leaver, in ${where}`);
    },
    judgeRemoval({ profiles }, userId, profile) {
      if (ownerOf(profile) === userId) report(`removal: ${userId} is the owner of ${profile.kind} ${profile.id}`);
      if (profile.kind !== 'org') return;
      for (const { kind, id, members } of Object.values(profiles)) {
        if (kind === 'org' || !members[userId]) continue;
        const left = members[userId]?.role === 'owner' ? 'still owned' : 'was still a member of';
        report(`removal: ${userId} was taken out of the organization and ${left} ${kind} ${id}`);
      }
    },
    judgeRevocation(what, asked, userId) {
      if (userId === undefined) report(`revocation: a ${what} of nobody in particular (${JSON.stringify(asked)})`);
      else if (userId === callerId || (leavers.size > 0 && !leavers.has(userId)))
        report(`revocation: a ${what} of ${userId}, who is not a leaver`);
    },
    judgeNewOwner(userId, { kind, id, previousOwnerId }) {
      if (leavers.has(userId) && previousOwnerId !== userId) report(`transfer: ${kind} ${id} was given to ${userId}, who is a leaver`);
    },
  };
}
