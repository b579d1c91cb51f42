import { type Fault, resultOfFault } from '../fault.ts';
import { patiently } from '../poll.ts';
import { done, refused, retryLater } from '../results.ts';
import type { ActionResult } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { isPending } from './facts.ts';
import { seeMembers } from './holdings.ts';
import { called, type Place } from './place.ts';
import { explained } from './refusals.ts';
import type { Member } from './schemas.ts';
import { isOwner } from './steps.ts';

/** One workspace or share on its way from one owner to another. */
export interface HandOver {
  readonly place: Place;
  readonly giverId: string;
  readonly receiverId: string;
  /** What a person should do where Leaver's account may not hand it over. */
  readonly ifDenied: string;
  /** The setting by which somebody else would receive it; null where only this one may. */
  readonly setting: string | null;
}

/** The account that owns the place; undefined when its members show none. */
export function ownerAmong(members: readonly Member[]): string | undefined {
  return members.find((member) => isOwner(member) && !isPending(member))?.id ?? undefined;
}

/** Gives the place to whom the job says: lets them become a member, then its owner. Who has it is looked up, never guessed. */
export async function giveTo(attempt: Attempt, job: HandOver, members: readonly Member[]): Promise<ActionResult> {
  const obstacle = isMember(members, job.receiverId) ? undefined : await letIn(attempt, job);
  if (obstacle) return obstacle;
  const { api, site } = attempt;
  const { place, receiverId } = job;
  const answer = await api.transferOwnership(place, receiverId);
  const look = () => lookUp(attempt, job);
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' ? await look() : undefined;
    return (
      seen ?? explained({ target: site.id, place, what: `the ownership was not handed to ${receiverId}`, ifDenied: job.ifDenied }, answer)
    );
  }
  return (await patiently(attempt, look)) ?? stillThere(attempt, job);
}

function isMember(members: readonly Member[], userId: string): boolean {
  return members.some((member) => member.id === userId && !isPending(member));
}

/** Why the receiver could not be made a member; undefined when a read shows that they are one. */
async function letIn(attempt: Attempt, { place, receiverId, setting }: HandOver): Promise<ActionResult | undefined> {
  const { api, site } = attempt;
  const answer = await api.addMember(place, receiverId, 'admin');
  const stop = answer.kind === 'fault' && answer.effect === 'none' ? notLetIn(attempt, place, receiverId, setting, answer) : undefined;
  if (stop) return stop;
  const seen = await patiently(attempt, async () => {
    const now = await seeMembers(attempt, place);
    if (now.kind === 'list') return isMember(now.items, receiverId) ? 'in' : undefined;
    if (now.kind === 'fault') return resultOfFault(now);
    return now.kind === 'refused' ? now : done('already-absent', { name: place.name, note: 'it is no longer there' });
  });
  if (seen !== undefined) return seen === 'in' ? undefined : seen;
  if (answer.kind === 'fault') return resultOfFault(answer);
  const message = `${site.id}: ${receiverId} was added to ${called(place)} to take it over, and is not shown as a member. Leaver looks again soon; where they have to accept an invitation first, have them do so.`;
  return retryLater('target-unclear', message, 5000);
}

/** A conflict says that they are in already, which is what was wanted. */
function notLetIn({ site }: Attempt, place: Place, receiverId: string, setting: string | null, fault: Fault): ActionResult | undefined {
  if (fault.cause === 'conflict') return undefined;
  if (fault.cause === 'absent') {
    const where = setting === null ? '' : ` Check ${setting}, then retry.`;
    return refused(
      'target-refused',
      `${site.id}: ${receiverId}, who is to take over ${called(place)}, is not known there (${fault.targetCode ?? fault.status}).${where}`,
    );
  }
  const ifDenied = `Let the account to which targets[${site.id}].token belongs be an admin there, or add ${receiverId} by hand, then retry.`;
  return explained({ target: site.id, place, what: `${receiverId} was not added to take it over`, ifDenied }, fault);
}

/** Done when somebody other than the giver is shown as the owner; undefined while the giver is. */
async function lookUp(attempt: Attempt, { place, giverId, receiverId }: HandOver): Promise<ActionResult | undefined> {
  const now = await seeMembers(attempt, place);
  if (now.kind === 'fault') return resultOfFault(now);
  if (now.kind === 'refused') return now;
  if (now.kind === 'gone') return done('already-absent', { name: place.name, note: 'it is no longer there' });
  const ownerId = ownerAmong(now.items);
  if (ownerId === undefined || ownerId === giverId) return undefined;
  return done(ownerId === receiverId ? 'verified' : 'already-absent', { name: place.name, ownerBefore: giverId, seenWith: ownerId });
}

function stillThere({ site }: Attempt, { place, giverId, receiverId }: HandOver): ActionResult {
  const message = `${site.id}: the ownership of ${called(place)} is promised to ${receiverId}, and ${giverId} is still shown as the owner. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 5000);
}
