import type { Directory, Doubt, MatchRule, Person } from '../directory/directory.ts';
import type { NewId } from '../kernel/ids.ts';
import type { Observe } from '../kernel/observe.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import type { Disposition, Signal } from './signal.ts';

export interface AcceptNeeds {
  readonly directory: Directory;
  readonly offboarding: Offboarding;
  readonly ledger: Ledger;
  readonly newId: NewId;
  readonly observe?: Observe;
}

/** A signal on its way: who it means, and what is decided so far. */
export interface Draft {
  readonly id: string;
  readonly signal: Signal;
  person: Person | null;
  /** By what the person was recognised, or why nobody was; null while nobody was looked for. */
  rule: MatchRule | null;
  doubt: Doubt | null;
  /** Whose the address of the message is, where it may have passed to whomever it names; by id. */
  owner: string | null;
  disposition: Disposition;
  reason: string | null;
  caseId: string | null;
}
