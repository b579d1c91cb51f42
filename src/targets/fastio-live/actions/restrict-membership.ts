import type { resultOfFault } from '../../fault.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult, Outcome } from '../../target.ts';
import { type Attempt, atPlace, type LiveAction } from '../attempt.ts';
import { patiently, seeMembership } from '../confirm.ts';
import { type Account, type Standing, standingIn } from '../facts.ts';
import { called, type Place } from '../place.ts';
import { explained } from '../refusals.ts';
import type { Member } from '../schemas.ts';
import { isAtMost, isOwner, LEAST } from '../steps.ts';
import { inSeconds } from '../times.ts';

/** How far ahead the end of a membership is set: far enough for clocks that differ not to put it into the past, which might be refused. */
const ENDS_IN_SECONDS = 60;

/**
 * Cuts one membership down to the least role, and lets it end: the nearest thing to a lock-out that can be given back. The role and the end from before
 * are kept. What the person owns cannot be cut down.
 */
export const restrictMembership: LiveAction = {
  action: 'restrict-membership',
  phase: 'contain',
  after: ['resolve-account'],
  playbooks: ['offboard', 'contain'],
  observed: 'the members of the place show the account with the least role, or no longer',
  perSubject: true,
  run: atPlace(async (attempt, account, place) => {
    const seen = await seeMembership(attempt, place, account);
    if (seen.kind === 'unsettled') return seen.result;
    if (seen.kind !== 'member') return done(attempt.context.repeated ? 'verified' : 'already-absent', keptFacts(attempt, place));
    if (isOwner(seen.member)) return ownerReason(place, seen.member.id);
    const { repeated } = attempt.context;
    const isDone = repeated && isAtMost(seen.member.role, LEAST[place.kind]) && isEnding(place, seen.member);
    return isDone ? done('verified', keptFacts(attempt, place)) : restrict(attempt, account, place, seen.member);
  }),
};

function ownerReason(place: Place, userId: string): ActionResult {
  return {
    kind: 'not-needed',
    reason: `${userId} has become the owner of ${called(place)}, who cannot be cut down; it is handed over instead`,
  };
}

async function restrict(attempt: Attempt, account: Account, place: Place, member: Member & { readonly id: string }): Promise<ActionResult> {
  const { api, clock } = attempt;
  const permissions = isAtMost(member.role, LEAST[place.kind]) ? undefined : LEAST[place.kind];
  const role = permissions === undefined ? {} : { permissions };
  // An end is documented for workspaces and shares only.
  const expires = place.kind === 'org' ? {} : { expires: inSeconds(clock.now(), ENDS_IN_SECONDS) };
  const before: Standing = standingBefore(attempt, member);
  const whole = await api.updateMember(place, member.id, { ...role, ...expires });
  const isEndRefused = whole.kind === 'fault' && whole.cause === 'invalid' && permissions !== undefined && place.kind !== 'org';
  const answer = isEndRefused ? await api.updateMember(place, member.id, role) : whole;
  const facts = { name: place.name, ...before, ends: isEndRefused ? null : (expires.expires ?? null) };
  const look = () => lookUp(attempt, account, place, facts, permissions === undefined ? 'acknowledged' : 'verified');
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' && permissions !== undefined ? await look() : undefined;
    return seen ?? denied(attempt, place, member.id, answer);
  }
  return (await patiently(attempt, look)) ?? notYet(attempt, place, member.id);
}

/** The role from before: as it was planned, or as it is where somebody has changed it since and no attempt of ours can have. */
function standingBefore({ context }: Attempt, { role, expires }: Member): Standing {
  const planned = standingIn(context.facts);
  return planned && context.repeated ? planned : { role, expires: expires ?? null };
}

function keptFacts({ context }: Attempt, { name }: Place) {
  return { name, ...standingIn(context.facts) };
}

/** Where a row does not show its end, nobody can see that it has one. */
function isEnding({ kind }: Place, { expires }: Member): boolean {
  return kind === 'org' || typeof expires === 'string';
}

/** Done when the account has the least role or is no member any more; undefined while it has more. */
async function lookUp(
  attempt: Attempt,
  account: Account,
  place: Place,
  facts: ReturnType<typeof keptFacts>,
  ifEndIsUnseen: Outcome,
): Promise<ActionResult | undefined> {
  const seen = await seeMembership(attempt, place, account);
  if (seen.kind === 'unsettled') return seen.result;
  if (seen.kind !== 'member') return done('verified', facts);
  if (!isAtMost(seen.member.role, LEAST[place.kind])) return undefined;
  return done(isEnding(place, seen.member) ? 'verified' : ifEndIsUnseen, facts);
}

function denied(attempt: Attempt, place: Place, userId: string, fault: Parameters<typeof resultOfFault>[0]): ActionResult {
  const { site } = attempt;
  const ifDenied = `Let the account to which targets[${site.id}].token belongs manage members there (the organization's setting for that may say "Owner only"), or cut ${userId} down by hand, then retry.`;
  return explained({ target: site.id, place, what: `the role of ${userId} was not cut down`, ifDenied }, fault);
}

function notYet({ site }: Attempt, place: Place, userId: string): ActionResult {
  const message = `${site.id}: the role of ${userId} in ${called(place)} was cut down, and is still shown as before. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
