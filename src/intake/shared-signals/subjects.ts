import { z } from 'zod';
import { isEmail, type Subject } from '../../directory/directory.ts';
import { isStorable } from '../../kernel/text.ts';

/** Whom a subject identifier names; null when it names nobody who could be told for certain, and `note` says why. */
export interface Named {
  readonly subject: Subject | null;
  readonly note: string | null;
}

const identifier = z.string().min(1).max(200).refine(isStorable);
const login = z.string().max(320).refine(isStorable);

const members = z.object({
  iss: z.string().optional(),
  sub: identifier.optional(),
  email: login.optional(),
  id: identifier.optional(),
  uri: z.string().max(2_000).optional(),
  externalId: z.string().max(320).optional(),
  identifiers: z.array(z.unknown()).max(20).optional(),
  user: z.unknown().optional(),
});
type Members = z.infer<typeof members>;

/**
 * Whom a subject identifier means: those of RFC 9493, the complex ones of SSF (their member `user`), those of SCIM (RFC 9967), and the older forms that
 * Google and early drafts use (`subject_type` with hyphens, complex ones without a format). An id counts only when `issuer` gave it out.
 */
export function readSubject(raw: unknown, issuer: string): Named {
  const parsed = members.safeParse(raw);
  if (!parsed.success) {
    return nobody('the subject of the event cannot be read');
  }
  const format = formatOf(raw, parsed.data);
  return format === 'aliases' ? readAliases(parsed.data.identifiers ?? [], issuer) : readOne(format, parsed.data, issuer);
}

function formatOf(raw: unknown, { user }: Members): string {
  const { format, subject_type: older } = raw as { readonly format?: unknown; readonly subject_type?: unknown };
  const name = format ?? older ?? (user === undefined ? 'no format' : 'complex');
  return typeof name === 'string' && /^[\w -]{1,40}$/.test(name) ? name.replaceAll('-', '_') : 'an unreadable format';
}

function readOne(format: string, { iss, sub, email, id, uri, externalId, user }: Members, issuer: string): Named {
  switch (format) {
    case 'email':
      return known(null, email);
    case 'iss_sub':
    case 'id_token_claims':
      return iss === issuer ? known(sub ?? null, email ?? sub) : nobody('the id of the person was given out by another issuer');
    case 'opaque':
      return known(id ?? null, undefined);
    case 'account':
      return known(null, /^acct:(.+)$/i.exec(uri ?? '')?.[1]);
    case 'uri':
      return known(null, /^mailto:([^?]+)/i.exec(uri ?? '')?.[1]);
    case 'scim':
      return known(/(?:^|\/)Users\/([^/?#]{1,200})$/.exec(uri ?? '')?.[1] ?? null, externalId);
    case 'complex':
      return user === undefined ? nobody('the event names no user') : readUser(user, issuer);
    default:
      return nobody(`nobody can be told by a subject of the format ${format}`);
  }
}

/** Complex ones do not stand within each other. */
function readUser(user: unknown, issuer: string): Named {
  const isComplex = typeof user === 'object' && user !== null && Reflect.get(user, 'format') === 'complex';
  return isComplex ? nobody('the subject of the event cannot be read') : readSubject(user, issuer);
}

const READ = new Set(['format', 'subject_type', 'user']);

/** The members of a complex subject that are not read: of devices, sessions, tenants and the like nothing is known here. */
export function membersBesideUser(raw: unknown): string[] {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return [];
  }
  const { format, subject_type: older } = raw as { readonly format?: unknown; readonly subject_type?: unknown };
  return (format ?? older ?? 'complex') === 'complex' ? Object.keys(raw).filter((name) => !READ.has(name)) : [];
}

/** The address, where the text is one. */
export function toEmail(text: unknown): string | null {
  return typeof text === 'string' && isEmail(text) && isStorable(text) ? text : null;
}

/** Several names of one person: of no more than one id and one address it is certain which to look for. */
function readAliases(identifiers: readonly unknown[], issuer: string): Named {
  const named = identifiers.flatMap((one) => (formatOfAlias(one) ? (readSubject(one, issuer).subject ?? []) : []));
  const ids = new Set(named.flatMap(({ id }) => id ?? []));
  const emails = new Map(named.flatMap(({ email }) => (email === null ? [] : [[email.toLowerCase(), email]])));
  if (ids.size > 1 || emails.size > 1) {
    return nobody('the event names several ids or several addresses');
  }
  return known([...ids][0] ?? null, [...emails.values()][0]);
}

function formatOfAlias(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && !['aliases', 'complex'].includes(String(Reflect.get(raw, 'format')));
}

function known(id: string | null, login: string | undefined): Named {
  const email = toEmail(login);
  return id === null && email === null
    ? nobody('the event names no user who could be told for certain')
    : { subject: { id, email, name: null }, note: null };
}

function nobody(note: string): Named {
  return { subject: null, note };
}
