/** An account that might take over what a leaver owns. */
export interface SuccessorCandidate {
  readonly accountId: string;
  readonly email: string | null;
  /** Where the proposal comes from: the directory's manager, or the operator's configuration. */
  readonly source: 'manager' | 'fallback';
  /** `unknown`: the target does not list the account. */
  readonly status: 'active' | 'suspended' | 'unknown';
}

export interface SuccessorContext {
  readonly leaverAccountId: string;
  /** Accounts whose owners are leaving too. */
  readonly leavingAccounts: ReadonlySet<string>;
}

/** `reasons` says of each candidate passed over why, and what is odd about the chosen one; sentences for people. */
export type SuccessorChoice =
  | { readonly kind: 'chosen'; readonly candidate: SuccessorCandidate; readonly reasons: readonly string[] }
  | { readonly kind: 'none'; readonly reasons: readonly string[] };

/**
 * Takes the first of `candidates` (in order of preference) who can keep what is handed over: never the leaver, nobody who is leaving too,
 * nobody suspended. An account the target does not list is taken only on the operator's word, as fallback, and the reasons say so.
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

function objectionTo({ accountId, source, status }: SuccessorCandidate, context: SuccessorContext): string | null {
  if (accountId === '') return 'has no account id';
  if (accountId === context.leaverAccountId) return 'is the leaver';
  if (context.leavingAccounts.has(accountId)) return 'is leaving too';
  if (status === 'suspended') return 'is not active';
  return status === 'unknown' && source !== 'fallback' ? 'is not among the members' : null;
}

function oddities(candidate: SuccessorCandidate): string[] {
  return candidate.status === 'unknown'
    ? [`${nameOf(candidate)} is not among the members, and was taken because the configuration names it`]
    : [];
}

function nameOf({ accountId, source }: SuccessorCandidate): string {
  return `the ${source} ${accountId || '(empty)'}`;
}
