import { resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import { successorFacts } from '../../succession.ts';
import type { ActionResult, FollowUp } from '../../target.ts';
import { type Attempt, type FlashbackAction, forAccount } from '../attempt.ts';
import { readOtherCaller } from '../caller.ts';
import type { Account } from '../facts.ts';
import { isAdmin, isLastHumanAdmin, roleIn } from '../memberships.ts';
import { isLastOwner, lastOwnerAdvice, readPeople, readWorkspaces } from '../people.ts';
import { readLeftBehind } from '../residual.ts';
import type { Person, Profile, Workspace } from '../schemas.ts';
import { decideSuccessor, ensureAdminOf, removalOf } from '../succession.ts';

/** Lists the workspaces that the leaver is in, decides who becomes ADMIN where nobody else would be, and asks for one removal a workspace. */
export const listWorkspaces: FlashbackAction = {
  action: 'list-workspaces',
  phase: 'inventory',
  after: ['resolve-account'],
  playbooks: ['offboard'],
  observed: 'it only reads: the workspaces with their members, and what the leaver may have left in use',
  run: forAccount(async (attempt, account) => {
    const caller = await readOtherCaller(attempt, account);
    if (caller.kind === 'fault') return resultOfFault(caller);
    if (caller.kind === 'refused') return caller;
    const people = await readPeople(attempt);
    if (people.kind === 'fault') return resultOfFault(people);
    if (isLastOwner(people.items, account.userId, attempt.context.leavingAccounts))
      return refused('conflict', lastOwnerAdvice(attempt.site.id, account.userId));
    const workspaces = await readWorkspaces(attempt);
    if (workspaces.kind === 'fault') return resultOfFault(workspaces);
    const own = workspaces.items.filter((workspace) => roleIn(workspace, account.userId) !== undefined);
    return planned(attempt, account, caller.profile, own, people.items);
  }),
};

async function planned(
  attempt: Attempt,
  { userId }: Account,
  profile: Profile,
  workspaces: readonly Workspace[],
  people: readonly Person[],
): Promise<ActionResult> {
  const staying = { people, leaverId: userId, callerId: profile.id, leavingAccounts: attempt.context.leavingAccounts };
  // Where Leaver's account is no ADMIN it can make nobody one: the removal there says what to do, and holds up no other.
  const orphans = workspaces.filter((workspace) => isAdmin(workspace, profile.id) && isLastHumanAdmin(workspace, staying));
  const successor = orphans.length > 0 ? await decideSuccessor(attempt, userId, profile.id, people) : null;
  if (successor?.kind === 'fault') return resultOfFault(successor);
  if (successor && successor.kind !== 'successor') return successor;
  const ensured = successor ? orphans.map((workspace) => ensureAdminOf(workspace, successor)) : [];
  const followUps: FollowUp[] = [...ensured, ...workspaces.map((workspace) => removalOf(workspace, userId))];
  const facts = {
    workspaces: workspaces.map((workspace) => factsOf(workspace, userId, profile.id)),
    residual: await readLeftBehind(attempt, profile, userId, workspaces),
    ...(successor && { successor: successorFacts(successor) }),
  };
  return done('verified', facts, followUps);
}

function factsOf(workspace: Workspace, leaverId: string, callerId: string) {
  const { id, name } = workspace;
  return { id, name, role: roleIn(workspace, leaverId) ?? null, administered: isAdmin(workspace, callerId) };
}
