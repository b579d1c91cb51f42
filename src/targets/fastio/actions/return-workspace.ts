import { resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import { receiverOf } from '../facts.ts';
import { type HandOver, handOverOf, locate, wayBack } from '../hand-over.ts';
import { findMember } from '../members.ts';
import { handOver } from '../transfer.ts';

/** Gives a workspace back to the person who left, from the one who got it in this case and from nobody else. */
export const returnWorkspace: FastioAction = {
  action: 'return-workspace',
  phase: 'transfer',
  // A target may refuse to give something to an account that is suspended.
  after: ['restore-status'],
  playbooks: [],
  undoes: 'transfer-workspace',
  observed: "the person's inventory, then that of whoever got the workspace",
  perSubject: true,
  run: forAccount(async (attempt, account) => {
    const planned = handOverOf(attempt, account);
    if (!planned) return refused('internal', `${attempt.site.id}: it is not known which workspace is meant, so nothing was done.`);
    const member = await findMember(attempt.api, account.userId, attempt.context.person.email);
    if (member.kind === 'fault') return resultOfFault(member);
    if (member.kind === 'no-member') return nobodyToGiveItTo(attempt, planned);
    const receiver = receiverOf(attempt.context);
    const given = receiver === undefined ? planned : { ...planned, receiverId: receiver, otherReceivers: [] };
    const where = await locate(attempt, given);
    if (where.kind === 'fault') return resultOfFault(where);
    if (where.kind === 'with-giver') return alreadyBack(attempt, given);
    return where.kind === 'nowhere' ? changedHands(attempt, given) : handOver(attempt, wayBack(given, where.ownerId), 2);
  }),
};

function nobodyToGiveItTo({ site }: Attempt, { workspaceId, name, giverId }: HandOver): ActionResult {
  const reason = `${site.id}: workspace ${workspaceId} (${name}) was not given back, because ${giverId} is no longer a member`;
  return { kind: 'not-needed', reason };
}

function alreadyBack({ context }: Attempt, { name, giverId }: HandOver): ActionResult {
  return done(context.repeated ? 'verified' : 'already-absent', { name, seenWith: giverId });
}

/** The receiver has passed it on, or somebody else has: it is not taken from whoever has it now. */
function changedHands({ site }: Attempt, { workspaceId, name, giverId, receiverId }: HandOver): ActionResult {
  const message = `${site.id}: workspace ${workspaceId} (${name}) no longer belongs to ${receiverId}, who got it in this case, so it was not taken back. Ask its present owner; once it belongs to ${giverId} or ${receiverId} again, retry.`;
  return refused('conflict', message);
}
