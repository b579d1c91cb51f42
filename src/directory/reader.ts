export { createEntraReader } from './entra-api/reader.ts';
export { openGraph } from './entra-api/sign-in.ts';
export { createOktaReader } from './okta-api/reader.ts';

/** Whom to read. By the id where there is one: an address may have passed to somebody else. */
export interface ReadSubject {
  readonly id: string | null;
  readonly email: string | null;
}

/** The manager as the identity provider names them: an id, an e-mail, or only a text that a person can read. */
export interface ManagerRef {
  readonly id: string | null;
  readonly email: string | null;
  /** Further addresses that the provider says they have now. */
  readonly aliases?: readonly string[];
  readonly name: string | null;
}

/** Somebody whom the identity provider knows. */
export interface Known {
  /**
   * - `gone`: deactivated or deleted
   * - `going`: being deactivated right now
   * - `active`: anything that is not certainly gone, a suspension included
   */
  readonly kind: 'gone' | 'going' | 'active';
  readonly id: string;
  readonly email: string | null;
  /** Further addresses under which the provider knows the person now. */
  readonly aliases: readonly string[];
  readonly name: string | null;
  /** In the provider's own words, for example `status DEPROVISIONED`. */
  readonly detail: string;
  readonly manager: ManagerRef | null;
}

/** The provider cannot be reached, refuses us, or says something that nobody can interpret; `detail` says which, and what to do. */
export interface Unreadable {
  readonly kind: 'unreadable';
  /** How long it asked to be left alone. */
  readonly retryAfterMs?: number;
  readonly detail: string;
}

/** What the identity provider itself says of a person at this moment. `unknown-person`: it knows nobody by this id, or e-mail. */
export type Reading = Known | { readonly kind: 'unknown-person'; readonly detail: string } | Unreadable;

/**
 * Why there is no manager to be found, in words that name nobody: what is recorded for good may not.
 *
 * - `unknown-person`: the provider knows nobody by the id or e-mail of whoever has a manager
 * - `not-named`: it names none
 * - `only-text`: it names one, but neither by an id nor by an e-mail
 * - `lost`: it names one by an id or e-mail that it does not know itself
 */
export type NoManager = 'unknown-person' | 'not-named' | 'only-text' | 'lost';

/** Who somebody's manager is, with the provider's word on whether they are still there; null when it did not say. */
export type ManagerReading =
  | { readonly kind: 'manager'; readonly manager: ManagerRef; readonly isActive: boolean | null }
  | { readonly kind: 'none'; readonly why: NoManager; readonly detail: string }
  | Unreadable;

/** Whoever can say who somebody's manager is. Only an aborted `signal` throws. */
export interface ManagerSource {
  readonly connection: string;
  managerOf(subject: ReadSubject, signal: AbortSignal): Promise<ManagerReading>;
}

/**
 * Reads people at one identity provider; it changes nothing there. Everything the provider does comes back as a reading: only an aborted
 * `signal` throws.
 */
export interface DirectoryReader extends ManagerSource {
  read(subject: ReadSubject, signal: AbortSignal): Promise<Reading>;
  /** Whether the provider answers us, and how it was found out. */
  probe(signal: AbortSignal): Promise<{ readonly reachable: boolean; readonly detail: string }>;
  close(): Promise<void>;
}
