import { isEmail, type Subject } from '../../directory/directory.ts';
import type { Json } from '../../kernel/json.ts';
import type { Meaning, Signal } from '../signal.ts';
import type { Document } from './apply-patch.ts';
import { isList, isObject, memberOf } from './json-values.ts';

/** Which identity provider writes; each has its own form of the immutable ids by which its other channels know people. */
export type Provider = 'okta' | 'entra';

const PROVIDER_ID: Readonly<Record<Provider, RegExp>> = {
  okta: /^00u[A-Za-z0-9]{17}$/,
  entra: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
};

/** Whoever is not said to be inactive is active. */
export function isActive(user: Document): boolean {
  return user['active'] !== false;
}

/**
 * Who the user is to the directory, where the person may be known from other channels of the same connection: by Okta's user id (00u…) or Entra's object
 * id, if the identity provider sends it as externalId, else by e-mail alone. The id that we gave the user is known to no other channel; taken for
 * the person's id on this connection, it would make two people of one. Null when there is neither id nor e-mail.
 */
export function subjectOf(user: Document, provider: Provider): Subject | null {
  const externalId = textOf(user['externalId']);
  const id = externalId !== null && PROVIDER_ID[provider].test(externalId) ? externalId : null;
  const email = emailOf(user);
  return id === null && email === null ? null : { id, email, name: nameOf(user) };
}

/** The primary address, else the one at work, else any, else the user name where it is an address. */
function emailOf(user: Document): string | null {
  const emails = isList(user['emails']) ? user['emails'].filter(isObject) : [];
  const ordered = [
    ...emails.filter((email) => email['primary'] === true),
    ...emails.filter((email) => textOf(email['type'])?.toLowerCase() === 'work'),
    ...emails,
  ];
  const addresses = [...ordered.map((email) => textOf(email['value'])), textOf(user['userName'])];
  return addresses.find((address) => address !== null && isEmail(address)) ?? null;
}

function nameOf(user: Document): string | null {
  const name = isObject(user['name']) ? user['name'] : {};
  const parts = [textOf(memberOf(name, 'givenName')), textOf(memberOf(name, 'familyName'))].filter((part) => part !== null);
  return textOf(user['displayName']) ?? textOf(memberOf(name, 'formatted')) ?? (parts.length > 0 ? parts.join(' ') : null);
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** What the changes of a user mean here. */
export const SCIM_MEANINGS = {
  'scim.user.deactivated': 'offboard',
  'scim.user.deleted': 'offboard',
  'scim.user.activated': 'back',
  // Only of somebody who left: see `introductionOf`.
  'scim.user.created': 'back',
} as const satisfies Record<string, Meaning>;
type Kind = keyof typeof SCIM_MEANINGS;

/** What was written, and what proves it. */
export interface Write {
  readonly connection: string;
  readonly provider: Provider;
  readonly bodySha256: string;
  readonly verifiedBy: string;
  /** Meanings that the operator gave to kinds of change, above our own. */
  readonly meanings: Readonly<Record<string, Meaning>>;
}

/** A user before and after a write; null: not there. */
export interface UserChange {
  readonly id: string;
  readonly before: Document | null;
  readonly after: Document | null;
  /** Of the user after the write. */
  readonly version: number;
  readonly at: Date;
}

/**
 * What a write says about somebody leaving or coming back; null when it says nothing. Only a change says something: a PATCH that is sent again because
 * its answer was lost finds the user inactive already. A user that is made inactive from the start has left nothing.
 */
export function signalOf(change: UserChange, write: Write): Signal | null {
  const { before, after } = change;
  const kind = before && kindOf(before, after);
  if (!kind) {
    return null;
  }
  const meaning = write.meanings[kind] ?? SCIM_MEANINGS[kind];
  // Entra renames whom it deletes, in one write with `active`: other systems know a leaver by the name before it.
  const [earlier, later] = [subjectOf(before, write.provider), after && subjectOf(after, write.provider)];
  const named = kind === 'scim.user.activated' ? { subject: later ?? earlier, formerly: earlier } : { subject: withName(earlier, later) };
  return {
    ...inCommon(change, write),
    kind,
    meaning,
    ...named,
    note: noteOf(meaning, named.subject),
  };
}

/**
 * What a write says that makes a user or changes who they are: it tells the directory. It is a signal only where whoever is made, and is active, had left
 * before, or where nobody can tell for certain who they are. Null when it tells nothing new.
 */
export function introductionOf(change: UserChange, write: Write): Signal | null {
  const { before, after } = change;
  const [formerly, subject] = [before, after].map((user) => user && subjectOf(user, write.provider));
  if (!subject || (subject.id === formerly?.id && subject.email === formerly.email)) {
    return null;
  }
  const kind = before === null ? 'scim.user.created' : 'scim.user.changed';
  const meaning = kind === 'scim.user.created' && isActive(after ?? {}) ? (write.meanings[kind] ?? SCIM_MEANINGS[kind]) : 'ignore';
  return { ...inCommon(change, write), kind, meaning, introduces: true, subject, formerly: formerly ?? null, note: null };
}

/** With the name that somebody has from now on, by which they may be told of later. */
function withName(earlier: Subject | null, later: Subject | null): Subject | null {
  return earlier && later?.email && later.email !== earlier.email ? { ...earlier, aliases: [later.email] } : (earlier ?? later);
}

function inCommon({ id, version, at }: UserChange, { connection, bodySha256, verifiedBy }: Write) {
  return { connection, channel: 'scim', eventId: `${id}:${version}`, occurredAt: at, bodySha256, verifiedBy };
}

function kindOf(before: Document, after: Document | null): Kind | null {
  if (after === null) {
    return 'scim.user.deleted';
  }
  if (isActive(before) === isActive(after)) {
    return null;
  }
  return isActive(after) ? 'scim.user.activated' : 'scim.user.deactivated';
}

function noteOf(meaning: Meaning, subject: Subject | null): string | null {
  if (meaning === 'ignore') {
    return 'policy.signals says that nobody leaves by it';
  }
  return subject ? null : 'the user has neither an e-mail nor the id that the identity provider knows people by';
}
