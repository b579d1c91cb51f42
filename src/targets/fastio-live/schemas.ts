import { z } from 'zod';

/** Identifiers are opaque: any text that can stand in a path. Some come as numbers. */
const id = z
  .union([z.string(), z.number().transform(String)])
  .refine((value) => value !== '' && value !== '.' && value !== '..', 'cannot be an identifier');

const text = z.string().nullish();

type Row = Readonly<Record<string, unknown>>;

/** Takes the envelope off, where there is one: a wrapper called `response` around what else stands at the root. */
const inEnvelope = <T extends z.ZodType>(shape: T) => z.preprocess(outOfResponse, shape);

function outOfResponse(body: unknown): unknown {
  const { response } = asRow(body);
  return typeof response === 'object' && response !== null ? response : body;
}

function asRow(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
}

/** Gives a field its name, where the row spells it in another way: what the documentation leaves open. */
const spelled = <T extends z.ZodType>(names: Readonly<Record<string, readonly string[]>>, shape: T) =>
  z.preprocess((value) => {
    const row = asRow(value);
    const found = Object.entries(names).flatMap(([name, others]) => {
      const other = [name, ...others].find((one) => row[one] !== undefined);
      return other === undefined ? [] : [[name, row[other]]];
    });
    return typeof value === 'object' && value !== null ? { ...row, ...Object.fromEntries(found) } : value;
  }, shape);

const invite = z.object({ id });

/** A member, or somebody who was invited and has not come: then there may be no account, and so no id. */
const member = spelled(
  { id: ['user_id'], email: ['email_address'], role: ['permissions', 'permission', 'permission_level'], expires: ['expiration'] },
  z
    .object({
      id: id.nullish(),
      email: z.string().nullable(),
      role: z.string().transform((role) => role.toLowerCase()),
      status: z.string().default('active'),
      name: text,
      expires: text,
      invite: invite.nullish().catch(null),
    })
    .refine((row) => row.status === 'pending' || row.id, { message: 'is missing', path: ['id'] }),
);
export type Member = z.output<typeof member>;

const workspace = spelled(
  { id: ['workspace_id'], name: ['title', 'folder_name'], org: ['org_id'] },
  z.object({ id, name: text, org: id.nullish() }),
);
const share = spelled(
  { id: ['share_id'], name: ['title', 'custom_name'], org: ['org_id'] },
  z.object({ id, name: text, org: id.nullish() }),
);
export type ProfileRow = z.output<typeof workspace>;

const invitation = spelled(
  { email: ['invitee_email', 'email_address', 'invitee'], state: ['status'] },
  z.object({ id, email: z.string().nullish().catch(null), state: text.catch(null) }),
);
export type Invitation = z.output<typeof invitation>;

const event = spelled(
  { id: ['event_id'], at: ['created'] },
  z.object({ id, event: z.string(), user_id: id.nullish(), object_id: id.nullish(), calling_user: z.unknown(), at: text }),
);
export type EventRow = z.output<typeof event>;

const fileShare = spelled({ id: ['fileshare', 'fileshare_id'], name: ['title'] }, z.object({ id, name: text }));

/** An account, or an object that holds its id; null for somebody who was invited by an address. */
const holder = z.preprocess((value) => asRow(value)['id'] ?? value, id.nullish().catch(null));

const grant = spelled({ user: ['user_id'], email: ['email_address'] }, z.object({ user: holder, email: z.string().nullish().catch(null) }));
export type Grant = z.output<typeof grant>;

/** Which field says whose a login is, is not documented: one that says nothing is nobody's. */
const identity = spelled(
  { id: ['identity_id'], user: ['user_id', 'owner_id'], state: ['status'] },
  z.object({ id, user: holder, state: text.catch(null) }),
);
export type Identity = z.output<typeof identity>;

/** One page of a list, whatever the list is called. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly total: number | undefined;
}

const pagination = z.object({
  has_more: z.union([z.boolean(), z.enum(['yes', 'no']).transform((word) => word === 'yes')]),
  total: z.number().nullish(),
});

/** A list under its name. Without a word about pages it is complete; a list that is null is empty. */
function pageOf<T extends z.ZodType>(name: string, row: T) {
  return inEnvelope(
    z.object({ [name]: z.array(row).nullable(), pagination: pagination.nullish() }).transform((body): Page<z.output<T>> => {
      const { pagination: pages } = body as { pagination?: z.output<typeof pagination> | null };
      const items = (body as Readonly<Record<string, unknown>>)[name] as readonly z.output<T>[] | null;
      return { items: items ?? [], hasMore: pages?.has_more ?? false, total: pages?.total ?? undefined };
    }),
  );
}

export const memberPage = pageOf('users', member);
export const workspacePage = pageOf('workspaces', workspace);
export const sharePage = pageOf('shares', share);
export const invitationPage = pageOf('invitations', invitation);
export const fileSharePage = pageOf('fileshares', fileShare);
export const grantPage = pageOf('grants', grant);
export const identityPage = pageOf('identities', identity);
export const eventPage = pageOf('events', event);

/** Who makes the calls. */
export const caller = inEnvelope(spelled({ id: ['user_id'] }, z.object({ id })));

/** What a change answers is not documented; a no is told by its envelope, and what came of a yes is read afterwards in any case. */
export const whatever = z.unknown();
