import { type Fault, resultOfFault } from '../fault.ts';
import { poll } from '../poll.ts';
import { done, refused, retryLater } from '../results.ts';
import type { ActionResult } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { type HandOver, isWithGiver, locate, type Whereabouts } from './hand-over.ts';

/** Gives the workspace to whom the job says. Done when the target no longer lists it with the giver; who has it is looked up, never guessed. */
export async function handOver(attempt: Attempt, job: HandOver, triesLeft: number): Promise<ActionResult> {
  const answer = await attempt.api.transfer(job.workspaceId, job.receiverId);
  if (answer.kind === 'fault')
    return answer.effect === 'unclear' ? afterUnclear(attempt, job, answer, triesLeft) : explained(attempt, job, answer);
  if (answer.status === 404) return afterNotFound(attempt, job);
  if (answer.status === 202) return settled(attempt, job);
  const { id, owner_id } = answer.body.workspace;
  if (id === job.workspaceId && owner_id === job.receiverId) return moved(attempt, job);
  return id === job.workspaceId && owner_id === job.giverId ? settled(attempt, job) : misdirected(attempt, job, id, owner_id);
}

async function afterUnclear(attempt: Attempt, job: HandOver, fault: Fault, triesLeft: number): Promise<ActionResult> {
  const where = await locate(attempt, job);
  if (where.kind !== 'with-giver') return concluded(job, where);
  return fault.retryable && triesLeft > 1 ? handOver(attempt, job, triesLeft - 1) : resultOfFault(fault);
}

async function afterNotFound(attempt: Attempt, job: HandOver): Promise<ActionResult> {
  const where = await locate(attempt, job);
  if (where.kind !== 'with-giver') return concluded(job, where);
  const { site } = attempt;
  const message = `${site.id}: the transfer of workspace ${job.workspaceId} was answered with 404, though ${job.giverId} still owns it. Check that the account ${job.receiverId}${job.setting ? ` (${job.setting})` : ''} exists, then retry.`;
  return { kind: 'refused', error: { code: 'target-refused', message, status: 404 } };
}

function misdirected({ site }: Attempt, job: HandOver, id: string, ownerId: string): ActionResult {
  const message = `${site.id}: asked to give workspace ${job.workspaceId} to ${job.receiverId}, it says that ${id} now belongs to ${ownerId}. Check both workspaces there, then retry.`;
  return refused('target-refused', message);
}

function explained({ site }: Attempt, job: HandOver, fault: Fault): ActionResult {
  const result = resultOfFault(fault);
  if (fault.cause !== 'quota' || result.kind !== 'refused') return result;
  const message = `${site.id}: workspace ${job.workspaceId} does not fit into the storage quota of ${job.receiverId}; nothing was moved. Raise that quota or make room${job.setting ? `, or put another account into ${job.setting}` : ''}, then retry.`;
  return { ...result, error: { ...result.error, message } };
}

/** Whether nothing was moved because the receiver has no room for it. */
export function isQuotaRefusal(result: ActionResult): boolean {
  return result.kind === 'refused' && result.error.targetCode === 'quota_exceeded';
}

/** After a yes that names the new owner: waits until the giver's list agrees. */
async function moved(attempt: Attempt, job: HandOver): Promise<ActionResult> {
  const look = async () => {
    const there = await isWithGiver(attempt, job);
    return there === true ? undefined : there;
  };
  const there = await patiently(attempt, look);
  if (there === undefined) return stillThere(attempt, job);
  return there === false ? done('verified', factsOf(job)) : resultOfFault(there);
}

/** After a yes that promises: waits until somebody else is seen with it. Gone from the giver and seen with nobody is less than verified. */
async function settled(attempt: Attempt, job: HandOver): Promise<ActionResult> {
  let last: Whereabouts | undefined;
  const look = async () => {
    last = await locate(attempt, job);
    return last.kind === 'with-receiver' || last.kind === 'fault' ? last : undefined;
  };
  const where = (await patiently(attempt, look)) ?? last;
  if (!where || where.kind === 'with-giver') return stillThere(attempt, job);
  return where.kind === 'nowhere' ? done('acknowledged', { ...factsOf(job), seenWith: null }) : concluded(job, where);
}

function patiently<T>({ clock, context }: Attempt, look: () => Promise<T | undefined>): Promise<T | undefined> {
  return poll(look, { clock, signal: context.signal, firstPauseMs: 100, maxPauseMs: 8000, withinMs: 60_000 });
}

function stillThere({ site }: Attempt, { workspaceId, giverId, receiverId }: HandOver): ActionResult {
  const message = `${site.id}: workspace ${workspaceId} is promised to ${receiverId}, and still listed with ${giverId}. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 5000);
}

/** What is established about a workspace that is no longer with the giver. */
export function concluded(job: HandOver, where: Exclude<Whereabouts, { kind: 'with-giver' }>): ActionResult {
  if (where.kind === 'fault') return resultOfFault(where);
  if (where.kind === 'with-receiver') return done('verified', factsOf({ ...job, receiverId: where.ownerId }));
  return done('already-absent', { ...factsOf(job), seenWith: null, note: 'neither the giver nor a receiver is listed as the owner' });
}

function factsOf({ name, ownerBefore, receiverId }: HandOver) {
  return { name, ownerBefore, successorId: receiverId, seenWith: receiverId };
}
