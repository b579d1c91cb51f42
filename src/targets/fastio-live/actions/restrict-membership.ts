import type { JsonObject } from '../../../kernel/json.ts';
import type { Fault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atPlace, type LiveAction } from '../attempt.ts';
import { seeMembership } from '../confirm.ts';
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
  const role = isAtMost(member.role, LEAST[place.kind]) ? null : LEAST[place.kind];
  // An end is documented for workspaces and shares only.
  const end = place.kind === 'org' ? null : inSeconds(clock.now(), ENDS_IN_SECONDS);
  const cut: Cut = { role, end, facts: { name: place.name, ...standingBefore(attempt, member) } };
  const whole = await api.updateMember(place, member.id, formOf(cut));
  if (whole.kind !== 'fault' || whole.cause !== 'invalid' || end === null) return concluded(attempt, account, place, member.id, cut, whole);
  if (role === null) return noEndToSet(attempt, cut);
  const alone: Cut = { ...cut, end: null };
  return concluded(attempt, account, place, member.id, alone, await api.updateMember(place, member.id, formOf(alone)));
}

/** What is done to a membership; null leaves it as it is. */
interface Cut {
  readonly role: string | null;
  readonly end: string | null;
  readonly facts: JsonObject;
}

function formOf({ role, end }: Cut) {
  return { ...(role !== null && { permissions: role }), ...(end !== null && { expires: end }) };
}

async function concluded(
  attempt: Attempt,
  account: Account,
  place: Place,
  userId: string,
  cut: Cut,
  answer: { readonly kind: 'answer' } | Fault,
): Promise<ActionResult> {
  const look = () => lookUp(attempt, account, place, cut);
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' && cut.role !== null ? await look() : undefined;
    return seen ?? denied(attempt, place, userId, answer);
  }
  return (await patiently(attempt, look)) ?? notYet(attempt, place, userId);
}

/** The role is the least already, by an earlier attempt or all along, and there is nothing else to take. */
function noEndToSet({ context }: Attempt, { facts }: Cut): ActionResult {
  const said = {
    residual: 'They keep the least role there: Fast.io refused to let the membership end.',
    lasts: 'until they are taken out, which only the playbook offboard does',
    advice: 'Where that is too long, take them out there by hand.',
  };
  return done(context.repeated ? 'verified' : 'not-offered', { ...facts, ends: null, ...said });
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

/** Done when the account has the least role or is no member any more; undefined while it has more. An end alone counts as seen only where the row shows it. */
async function lookUp(attempt: Attempt, account: Account, place: Place, { role, end, facts }: Cut): Promise<ActionResult | undefined> {
  const seen = await seeMembership(attempt, place, account);
  if (seen.kind === 'unsettled') return seen.result;
  if (seen.kind !== 'member') return done('verified', { ...facts, ends: end });
  const { member } = seen;
  if (!isAtMost(member.role, LEAST[place.kind])) return undefined;
  return done(role !== null || isEnding(place, member) ? 'verified' : 'acknowledged', {
    ...facts,
    ends: member.expires === null ? null : end,
  });
}

function denied(attempt: Attempt, place: Place, userId: string, fault: Fault): ActionResult {
  const { site } = attempt;
  const ifDenied = `Let the account to which targets[${site.id}].token belongs manage members there (the organization's setting for that may say "Owner only"), or cut ${userId} down by hand, then retry.`;
  return explained({ target: site.id, place, what: `the role of ${userId} was not cut down`, ifDenied }, fault);
}

function notYet({ site }: Attempt, place: Place, userId: string): ActionResult {
  const message = `${site.id}: the role of ${userId} in ${called(place)} was cut down, and is still shown as before. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
