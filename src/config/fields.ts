import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from '../kernel/secret.ts';
import { isTimeZone } from '../kernel/time-zone.ts';

/** What zod tells about an issue, as far as our messages need it. */
interface Issue {
  readonly code?: string | undefined;
  readonly input?: unknown;
  readonly expected?: unknown;
  readonly keys?: readonly string[];
}

/** The message of any issue of a field that should be `noun`; `right` tells the reader what to write. No message repeats the value. */
export function expects(noun: string, right: string): { error: (issue: Issue) => string } {
  return { error: (issue) => `${wrongWith(issue, noun)}; ${right}` };
}

function wrongWith({ input, code, expected }: Issue, noun: string): string {
  if (input === undefined) return 'is missing';
  if (isEmpty(input)) return 'is empty';
  if (code === 'invalid_type' && expected === 'string' && typeof input !== 'object')
    return `is a ${typeof input} to YAML; put it in quotes`;
  return `is not ${noun}`;
}

function isEmpty(input: unknown): boolean {
  return Array.isArray(input) ? input.length === 0 : typeof input === 'string' && input.trim() === '';
}

/**
 * A mapping with exactly these keys. The message of its unknown-key issue is the list of the keys it knows, from which
 * `explainIssues` makes a suggestion for each unknown one.
 */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  const { error } = expects('a mapping', `write it with some of the keys ${known.join(', ')}`);
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known.join(' ') : error(issue)) });
}

export function list<Item extends z.ZodType>(item: Item, right: string) {
  return z.array(item, expects('a list', right));
}

export function nonEmptyList<Item extends z.ZodType>(item: Item, right: string) {
  return list(item, right).min(1, expects('a list', right));
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, expects('known here', `write one of ${values.join(', ')}`));
}

/** Text that is not blank, and has the given form. The reference of the configuration calls it by its noun. */
export function text(noun: string, right: string, form = /\S/) {
  return z.string(expects(noun, right)).regex(form, expects(noun, right)).meta({ noun });
}

/** A whole number; digits that came out of an environment variable will do. */
export function whole(min: number, max: number) {
  const right = expects('such a number', `write a whole number from ${min} to ${max}`);
  const number = z.int(right).min(min, right).max(max, right);
  return z.preprocess((value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value), number);
}

/** Yes or no; the words `true` and `false` that came out of an environment variable will do. */
export const flag = z.preprocess(
  (value) => {
    if (value === 'true') return true;
    return value === 'false' ? false : value;
  },
  z.boolean(expects('a yes or no', 'write true or false')),
);

/** As long as a timer of the platform can be (2^31 - 1 ms, close to 25 days). */
export const milliseconds = (min = 1) => whole(min, 2_147_483_647);

export const seconds = (min: number, max: number) => whole(min, max);

export const id = text('an id', 'write lower-case letters, digits and hyphens, beginning with a letter or a digit', /^[a-z0-9][a-z0-9-]*$/);

/** An id that becomes a part of a URL's path: nothing in it may lead to another path. */
export const pathId = (of: string) =>
  text(
    `an id of ${of}`,
    `write the id of ${of}: letters, digits, hyphens and underscores, without dots or slashes`,
    /^[A-Za-z0-9_-]+$/,
  ).meta({ noun: 'an id' });

/** The number of a profile, of 19 digits as a rule: names are taken in its place by the live Fast.io, and would not be found in what it answers. */
export const profileId = (of: string) =>
  text(`a profile id of ${of}`, `write the number of ${of} in quotes, not a name`, /^\d+$/).meta({ noun: 'an id of digits' });

/** Never shown in a message, nor kept as plain text: from here on it is a `Secret`. */
export const secret = z.preprocess(
  (value) => (typeof value === 'string' && value.trim() !== '' ? new Secret(value) : value),
  z.instanceof(Secret, expects('a secret', `write \${NAME}, { file: /path } or the text itself in quotes`)),
);

export const secrets = nonEmptyList(secret, `write at least one secret, several while rotating: ["\${NAME}"]`);

/** The same, where one alone need not stand in a list. */
export const secretOrSecrets = z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), secrets);

const WEBHOOK_SECRET = expects(
  'a Standard Webhooks secret',
  'write whsec_ and the base64 of at least 24 bytes, or whpk_ and that of the public ed25519 key of the sender',
);
const WEBHOOK_SECRET_FORM = /^(?:(?:whsec_)?[A-Za-z0-9+/]{32,}={0,2}|whpk_[A-Za-z0-9+/]{43}=?)$/;

/** What a sender of webhooks signs with, or its public key; never its private one (`whsk_`), which is nobody else's. */
export const webhookSecrets = nonEmptyList(
  secret.refine((value) => WEBHOOK_SECRET_FORM.test(value.reveal()), WEBHOOK_SECRET),
  `write at least one secret, several while rotating: ["\${NAME}"]`,
);

/** A name by which the platform knows a time zone. */
export const timeZone = text('a time zone', 'write a name like Europe/Lisbon').refine(
  isTimeZone,
  expects('a time zone that is known', 'write a name like Europe/Lisbon'),
);

/** One of the names that proxies are known by, an IP address, or a range of addresses. */
export function isAddressRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) {
    return true;
  }
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  return (
    version !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}

interface UrlRules {
  /** Credentials or trust go over it, so that only a loopback host may be reached without TLS. */
  readonly encrypted?: boolean;
  /** Paths are appended to it. */
  readonly base?: boolean;
  /** It names a resource of its host, not the host alone. */
  readonly path?: boolean;
}

/** An absolute http(s) URL, kept as written but for the slashes at the end of a base. */
export function url(of: string, { encrypted = false, base = false, path = false }: UrlRules = {}) {
  const right = `write ${of}, an absolute ${encrypted ? 'https' : 'http or https'} URL`;
  const checked = z.string(expects('a URL', right)).superRefine((value, context) => {
    const message = wrongWithUrl(value, { encrypted, base, path }, right);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
  return checked.transform((value) => (base ? value.replace(/\/+$/, '') : value)).meta({ noun: encrypted ? 'an https URL' : 'a URL' });
}

function wrongWithUrl(value: string, { encrypted, base, path }: UrlRules, right: string): string | undefined {
  if (isEmpty(value)) return `is empty; ${right}`;
  if (!/^https?:\/\/[^\s/]\S*$/i.test(value) || !URL.canParse(value)) return `is not an absolute URL; ${right}`;
  const parsed = new URL(value);
  if (parsed.username !== '' || parsed.password !== '') return `holds a user name or a password; ${right} without them`;
  if (base && /[?#]/.test(value)) return `has a query or a fragment; ${right} up to its path`;
  if (path && parsed.pathname.endsWith('/')) return `names no path; ${right} with its whole path`;
  if (encrypted && parsed.protocol !== 'https:' && !isLoopback(parsed.hostname)) {
    return 'is not encrypted; write https://, for only a loopback host may be reached by http://';
  }
  return undefined;
}

/** Whether the host is this machine itself. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.*\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(host);
}

const POSTGRES = expects('a PostgreSQL URL', 'write postgresql://user:password@host:5432/database, or leave it empty for the embedded one');

/** Where PostgreSQL is, credentials included, and therefore a secret; `null` stands for the embedded one. */
export const databaseUrl = z
  .preprocess((value) => {
    if (typeof value !== 'string') return value;
    return value.trim() === '' ? null : new Secret(value);
  }, z.instanceof(Secret, POSTGRES).refine(isPostgresUrl, POSTGRES).nullable())
  .default(null);

function isPostgresUrl(value: Secret): boolean {
  return /^postgres(?:ql)?:\/\//.test(value.reveal()) && URL.canParse(value.reveal());
}
