/** An account that might take over what a leaver owns. */
export interface SuccessorCandidate {
  /** Empty where the target has no account of theirs, or more than one. */
  readonly accountId: string;
  readonly email: string | null;
  /** Where the proposal comes from: the directory, or the operator's configuration. */
  readonly source: 'manager' | "manager's manager" | 'fallback';
  /** `unknown`: the target does not list the account. `ambiguous`: it lists several. */
  readonly status: 'active' | 'suspended' | 'unknown' | 'ambiguous';
  /** How to call them in reasons, where there is no account to name. */
  readonly ref?: string;
  readonly isLeaving?: boolean;
  /** The identity provider that says that they are no longer there. */
  readonly inactiveAt?: string;
  /** Whether what is handed over does not fit into the storage that they may use. */
  readonly isOverQuota?: boolean;
}

export interface SuccessorContext {
  readonly leaverAccountId: string;
  /** Accounts whose owners are leaving too. */
  readonly leavingAccounts: ReadonlySet<string>;
  /** The account that Leaver itself works with, where it cannot succeed anybody. */
  readonly ownAccountId?: string;
}

/** `reasons` says of each candidate passed over why, and what is odd about the chosen one; sentences for people, without e-mails: the ledger keeps them. */
export type SuccessorChoice =
  | { readonly kind: 'chosen'; readonly candidate: SuccessorCandidate; readonly reasons: readonly string[] }
  | { readonly kind: 'none'; readonly reasons: readonly string[] };

/**
 * Takes the first of `candidates` (in order of preference) who can keep what is handed over: never the leaver, nobody who is leaving too, whom the
 * identity provider or the target has locked out, or who has no room for it. An account the target does not list is taken only on the operator's
 * word, as fallback, and the reasons say so.
 */
export function chooseSuccessor(candidates: readonly SuccessorCandidate[], context: SuccessorContext): SuccessorChoice {
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const objection = objectionTo(candidate, context);
    if (objection === null) return { kind: 'chosen', candidate, reasons: [...reasons, ...oddities(candidate)] };
    reasons.push(`${nameOf(candidate)} ${objection}`);
  }
  return { kind: 'none', reasons: reasons.length > 0 ? reasons : ['nobody was proposed'] };
}

function objectionTo(candidate: SuccessorCandidate, context: SuccessorContext): string | null {
  const { accountId, source, status, isLeaving, inactiveAt, isOverQuota } = candidate;
  if (accountId !== '' && accountId === context.leaverAccountId) return 'is the leaver';
  if (isLeaving || context.leavingAccounts.has(accountId)) return 'is leaving too';
  if (inactiveAt !== undefined) return `is not active at ${inactiveAt}`;
  if (status === 'ambiguous') return 'has more than one account here';
  if (accountId === '') return source === 'fallback' ? 'has no account id' : 'has no account here';
  if (accountId === context.ownAccountId) return 'is the account that Leaver itself works with';
  if (status === 'suspended') return 'is not active';
  if (status === 'unknown' && source !== 'fallback') return 'is not among the members';
  return isOverQuota ? 'has no storage left for it' : null;
}

function oddities(candidate: SuccessorCandidate): string[] {
  return candidate.status === 'unknown'
    ? [`${nameOf(candidate)} is not among the members, and was taken because the configuration names it`]
    : [];
}

function nameOf({ accountId, source, ref }: SuccessorCandidate): string {
  return `the ${source} ${accountId || ref || '(empty)'}`;
}
