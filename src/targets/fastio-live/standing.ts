import type { Fault } from '../fault.ts';
import { patiently } from '../poll.ts';
import { done, refused, retryLater } from '../results.ts';
import type { ActionResult } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { seeMembership } from './confirm.ts';
import type { Account, Standing } from './facts.ts';
import { called, type Place } from './place.ts';
import { explained } from './refusals.ts';
import type { Member } from './schemas.ts';
import { isOwner } from './steps.ts';

/** Whether the member has the role, and the end where the row shows one. An owner has more than can be given. */
export function hasStanding(member: Member, { role, expires }: Standing): boolean {
  return isOwner(member) || (member.role === role && (member.expires ?? null) === expires);
}

/** Gives the account this role and end in the place; whoever is no member any more becomes one again. */
export async function giveStanding(
  attempt: Attempt,
  account: Account,
  place: Place,
  standing: Standing,
  member: (Member & { readonly id: string }) | undefined,
): Promise<ActionResult> {
  const { site } = attempt;
  const userId = member?.id ?? account.userId;
  if (userId === null) return nobodyToPutBack(site.id, place);
  const answer = member ? await update(attempt, place, userId, standing) : await putBack(attempt, place, userId, standing);
  const look = () => lookUp(attempt, account, place, standing);
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' ? await look() : undefined;
    const ifDenied = `Give ${userId} the role ${standing.role} there by hand, then retry.`;
    return seen ?? explained({ target: site.id, place, what: `${userId} was not given back the role ${standing.role}`, ifDenied }, answer);
  }
  return (await patiently(attempt, look)) ?? notYet(site.id, place, userId, standing);
}

type Changed = { readonly kind: 'answer' } | Fault;

/** Whoever is added has no end; one from before is set afterwards. A conflict says that they are in already. */
async function putBack(attempt: Attempt, place: Place, userId: string, standing: Standing): Promise<Changed> {
  const added = await attempt.api.addMember(place, userId, standing.role);
  const isIn = added.kind === 'answer' || added.cause === 'conflict';
  const isEnough = added.kind === 'answer' && (place.kind === 'org' || standing.expires === null);
  return isIn && !isEnough ? update(attempt, place, userId, standing) : added;
}

/** Without an end, one that was set is taken away. Where Fast.io knows of none, the role alone is given. */
async function update({ api }: Attempt, place: Place, userId: string, { role, expires }: Standing): Promise<Changed> {
  const permissions = role;
  if (place.kind === 'org') return api.updateMember(place, userId, { permissions });
  const whole = await api.updateMember(place, userId, { permissions, expires: expires ?? '' });
  const isEndRefused = whole.kind === 'fault' && whole.cause === 'invalid';
  return isEndRefused ? api.updateMember(place, userId, { permissions }) : whole;
}

function nobodyToPutBack(target: string, place: Place): ActionResult {
  const message = `${target}: the person has no account that could be put back into ${called(place)}. Invite them there by hand.`;
  return refused('conflict', message);
}

async function lookUp(attempt: Attempt, account: Account, place: Place, standing: Standing): Promise<ActionResult | undefined> {
  const seen = await seeMembership(attempt, place, account);
  if (seen.kind === 'unsettled') return seen.result;
  return seen.kind === 'member' && hasStanding(seen.member, standing) ? done('verified', { ...standing }) : undefined;
}

function notYet(target: string, place: Place, userId: string, { role }: Standing): ActionResult {
  const message = `${target}: ${userId} was given back the role ${role} in ${called(place)}, and is not shown with it. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
