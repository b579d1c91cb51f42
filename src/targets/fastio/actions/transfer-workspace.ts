import { type Fault, resultOfFault } from '../../fault.ts';
import { poll } from '../../poll.ts';
import { done, refused, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import { type HandOver, handOverOf, isWithLeaver, locate, type Whereabouts } from '../hand-over.ts';
import { decideSuccessor } from '../succession.ts';

/** Hands one workspace to the successor. Done when the target no longer lists it as the leaver's; who has it is looked up, never guessed. */
export const transferWorkspace: FastioAction = {
  action: 'transfer-workspace',
  phase: 'transfer',
  after: ['list-workspaces', 'revoke-sessions', 'delete-tokens'],
  playbooks: ['offboard'],
  perSubject: true,
  run: forAccount(async (attempt, account) => {
    const planned = handOverOf(attempt, account);
    if (!planned) return refused('internal', `${attempt.site.id}: it is not known which workspace is meant, so nothing was done.`);
    const before = attempt.context.repeated ? await locate(attempt, planned) : null;
    if (before && before.kind !== 'with-leaver') return concluded(planned, before);
    // Chosen anew: the grace period may have changed who is fit, and an operator may have named somebody else since.
    const successor = await decideSuccessor(attempt, account);
    if (successor.kind === 'fault') return resultOfFault(successor);
    if (successor.kind === 'refused') return successor;
    return handOver(attempt, { ...planned, successorId: successor.candidate.accountId }, 2);
  }),
};

async function handOver(attempt: Attempt, job: HandOver, triesLeft: number): Promise<ActionResult> {
  const answer = await attempt.api.transfer(job.workspaceId, job.successorId);
  if (answer.kind === 'fault')
    return answer.effect === 'unclear' ? afterUnclear(attempt, job, answer, triesLeft) : explained(attempt, job, answer);
  if (answer.status === 404) return afterNotFound(attempt, job);
  if (answer.status === 202) return settled(attempt, job);
  const { id, owner_id } = answer.body.workspace;
  if (id === job.workspaceId && owner_id === job.successorId) return moved(attempt, job);
  return id === job.workspaceId && owner_id === job.leaverId ? settled(attempt, job) : misdirected(attempt, job, id, owner_id);
}

async function afterUnclear(attempt: Attempt, job: HandOver, fault: Fault, triesLeft: number): Promise<ActionResult> {
  const where = await locate(attempt, job);
  if (where.kind !== 'with-leaver') return concluded(job, where);
  return fault.retryable && triesLeft > 1 ? handOver(attempt, job, triesLeft - 1) : resultOfFault(fault);
}

async function afterNotFound(attempt: Attempt, job: HandOver): Promise<ActionResult> {
  const where = await locate(attempt, job);
  if (where.kind !== 'with-leaver') return concluded(job, where);
  const { site } = attempt;
  const message = `${site.id}: the transfer of workspace ${job.workspaceId} was answered with 404, though the leaver still owns it. Check that the account ${job.successorId} (targets[${site.id}].fallbackOwnerId) exists, then retry.`;
  return { kind: 'refused', error: { code: 'target-refused', message, status: 404 } };
}

function misdirected({ site }: Attempt, job: HandOver, id: string, ownerId: string): ActionResult {
  const message = `${site.id}: asked to give workspace ${job.workspaceId} to ${job.successorId}, it says that ${id} now belongs to ${ownerId}. Check both workspaces there, then retry.`;
  return refused('target-refused', message);
}

function explained({ site }: Attempt, job: HandOver, fault: Fault): ActionResult {
  const result = resultOfFault(fault);
  if (fault.cause !== 'quota' || result.kind !== 'refused') return result;
  const message = `${site.id}: workspace ${job.workspaceId} does not fit into the storage quota of ${job.successorId}; nothing was moved. Raise that quota or make room, or put another account into targets[${site.id}].fallbackOwnerId, then retry.`;
  return { ...result, error: { ...result.error, message } };
}

/** After a yes that names the new owner: waits until the leaver's list agrees. */
async function moved(attempt: Attempt, job: HandOver): Promise<ActionResult> {
  const look = async () => {
    const there = await isWithLeaver(attempt, job);
    return there === true ? undefined : there;
  };
  const there = await patiently(attempt, look);
  if (there === undefined) return stillThere(attempt, job);
  return there === false ? done('verified', factsOf(job)) : resultOfFault(there);
}

/** After a yes that promises: waits until somebody else is seen with it. Gone from the leaver and seen with nobody is less than verified. */
async function settled(attempt: Attempt, job: HandOver): Promise<ActionResult> {
  let last: Whereabouts | undefined;
  const look = async () => {
    last = await locate(attempt, job);
    return last.kind === 'with-successor' || last.kind === 'fault' ? last : undefined;
  };
  const where = (await patiently(attempt, look)) ?? last;
  if (!where || where.kind === 'with-leaver') return stillThere(attempt, job);
  return where.kind === 'nowhere' ? done('acknowledged', { ...factsOf(job), seenWith: null }) : concluded(job, where);
}

function patiently<T>({ clock, context }: Attempt, look: () => Promise<T | undefined>): Promise<T | undefined> {
  return poll(look, { clock, signal: context.signal, firstPauseMs: 100, maxPauseMs: 8000, withinMs: 60_000 });
}

function stillThere({ site }: Attempt, { workspaceId, successorId }: HandOver): ActionResult {
  const message = `${site.id}: workspace ${workspaceId} is promised to ${successorId}, and still listed with the leaver. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 5000);
}

function concluded(job: HandOver, where: Exclude<Whereabouts, { kind: 'with-leaver' }>): ActionResult {
  if (where.kind === 'fault') return resultOfFault(where);
  if (where.kind === 'with-successor') return done('verified', factsOf({ ...job, successorId: where.ownerId }));
  return done('already-absent', { ...factsOf(job), seenWith: null, note: 'neither the leaver nor a successor is listed as the owner' });
}

function factsOf({ name, ownerBefore, successorId }: HandOver) {
  return { name, ownerBefore, successorId, seenWith: successorId };
}
