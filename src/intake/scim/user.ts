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
export function signalOf({ id, before, after, version, at }: UserChange, write: Write): Signal | null {
  const kind = before && kindOf(before, after);
  if (!kind) {
    return null;
  }
  const meaning = write.meanings[kind] ?? SCIM_MEANINGS[kind];
  // Entra renames whom it deletes, in one write with `active`: other systems know a leaver by the name before it.
  const [first, second] = kind === 'scim.user.activated' ? [after, before] : [before, after];
  const subject = subjectOf(first ?? {}, write.provider) ?? subjectOf(second ?? {}, write.provider);
  return {
    connection: write.connection,
    channel: 'scim',
    kind,
    meaning,
    eventId: `${id}:${version}`,
    subject,
    note: noteOf(meaning, subject),
    occurredAt: at,
    bodySha256: write.bodySha256,
    verifiedBy: write.verifiedBy,
  };
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
