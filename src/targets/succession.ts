import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../kernel/json.ts';
import type { Fault } from './fault.ts';
import { type Refused, refused } from './results.ts';
import type { Fallback, Seat } from './seats.ts';
import type { ActionContext, ActionResult, ChooseSuccessor, SuccessorCandidate, Superior } from './target.ts';

export interface ProposalNeeds {
  /** The target's id, for messages. */
  readonly target: string;
  readonly context: ActionContext;
  /** The account that the operator has named, as the target lists it. */
  readonly fallback: Fallback;
  /** Looks for the account of whoever has one of these addresses, the first of them before the others. */
  readonly seek: (emails: readonly string[]) => Promise<Seat | Fault>;
}

export interface Proposal {
  readonly kind: 'proposal';
  /** In order of preference. */
  readonly candidates: readonly SuccessorCandidate[];
  /** Why there are no more of them, without naming anybody. */
  readonly notes: readonly string[];
}

/** That nobody can be proposed yet, as an action's result. */
export type NotYet = Extract<ActionResult, { readonly kind: 'retry-later' }>;

/**
 * Whoever might succeed the leaver in one target, in order of preference: those above them as the directory names them, then whom the operator has
 * named. While the directory cannot be read nobody is proposed: it is asked again, for as long as `context.succession` has patience.
 */
export async function proposeSuccessors(needs: ProposalNeeds): Promise<Proposal | NotYet | Fault> {
  const { target, context, fallback } = needs;
  const found = (await context.succession?.superiors()) ?? { kind: 'superiors', superiors: [], notes: [] };
  if (found.kind === 'unreadable') return notYet(target, found.detail, found.retryAfterMs);
  const candidates: SuccessorCandidate[] = [];
  for (const superior of found.superiors) {
    const candidate = await candidateFor(superior, needs);
    if ('kind' in candidate) return candidate;
    // Two who are each other's manager, or somebody who is their own, are no two proposals.
    if (candidate.accountId === '' || candidates.every(({ accountId }) => accountId !== candidate.accountId)) candidates.push(candidate);
  }
  const isLeaving = await isLeavingToo(context, fallback.email === null ? [] : [fallback.email]);
  return { kind: 'proposal', candidates: [...candidates, { ...fallback, source: 'fallback', isLeaving }], notes: found.notes };
}

async function candidateFor(superior: Superior, { context, seek }: ProposalNeeds): Promise<SuccessorCandidate | Fault> {
  const { source, ref, emails, connection, isActive } = superior;
  const seat = emails.length === 0 ? ({ kind: 'nobody' } as const) : await seek(emails);
  if (seat.kind === 'fault') return seat;
  const isLeaving = await isLeavingToo(context, emails);
  const known = { source, ref, isLeaving, ...(isActive === false && { inactiveAt: connection }) };
  if (seat.kind !== 'account') {
    return { ...known, accountId: '', email: emails[0] ?? null, status: seat.kind === 'several' ? 'ambiguous' : 'unknown' };
  }
  const { accountId, email } = seat;
  return { ...known, accountId, email, status: seat.isActive ? 'active' : 'suspended' };
}

async function isLeavingToo({ succession }: ActionContext, emails: readonly string[]): Promise<boolean> {
  return succession !== undefined && emails.length > 0 && (await succession.isLeaving(emails));
}

function notYet(target: string, detail: string, retryAfterMs: number | undefined): NotYet {
  const message = `${target}: who should take over is not known yet (${detail}) Nothing is handed over until the directory has said who the manager is, or Leaver has waited long enough for it.`;
  const patience = retryAfterMs !== undefined && { afterMs: retryAfterMs };
  return { kind: 'retry-later', error: { code: 'target-unavailable', message }, ...patience };
}

/** Who succeeds, and what was odd about it or about those passed over. */
export interface Successor {
  readonly kind: 'successor';
  readonly candidate: SuccessorCandidate;
  readonly reasons: readonly string[];
}

export interface Choosing extends Omit<Parameters<ChooseSuccessor>[1], 'leavingAccounts'> {
  readonly target: string;
  readonly context: ActionContext;
  readonly chooseSuccessor: ChooseSuccessor;
  /** What nobody is fit for, as the middle of a sentence. */
  readonly purpose: string;
}

/** The first of them who is fit; refused, with the setting to change, when nobody is. */
export function chooseAmong({ candidates, notes }: Pick<Proposal, 'candidates' | 'notes'>, choosing: Choosing): Successor | Refused {
  const { target, context, chooseSuccessor, purpose, ...own } = choosing;
  const choice = chooseSuccessor(candidates, { ...own, leavingAccounts: context.leavingAccounts });
  // Why the directory says no more is of interest only where it was not followed.
  const isFollowed = choice.kind === 'chosen' && choice.candidate.source !== 'fallback';
  const reasons = isFollowed ? choice.reasons : [...notes, ...choice.reasons];
  if (choice.kind === 'chosen') return { kind: 'successor', candidate: choice.candidate, reasons };
  const advice = `Put an active account that stays into targets[${target}].fallbackOwnerId, then retry.`;
  return refused('conflict', `${target}: nobody can ${purpose}: ${reasons.join('; ')}. ${advice}`);
}

/** The choice as facts keep it. */
export function successorFacts({ candidate, reasons }: Pick<Successor, 'candidate' | 'reasons'>): JsonObject {
  const { accountId, email, source, status } = candidate;
  return { accountId, email, source, status, reasons: [...reasons] };
}

/** The result with the choice, where it is another one than the one that was recorded with the inventory. */
export function withChoice(result: ActionResult, { finished }: ActionContext, choice: JsonObject): ActionResult {
  const recorded = finished.find(({ action }) => action === 'list-workspaces')?.facts['successor'];
  if (result.kind !== 'done' || isDeepStrictEqual(choice, recorded)) return result;
  return { ...result, facts: { ...result.facts, successor: choice } };
}
