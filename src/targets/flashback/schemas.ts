import { z } from 'zod';

/** Identifiers are opaque: any text that can stand in a path. */
const id = z
  .string()
  .min(1)
  .refine((value) => value !== '.' && value !== '..', 'cannot be an identifier');

const text = z.string().nullish();
const success = z.literal(true);
/** Lists have no pages; where the number of all rows is told, a shorter list is known to be incomplete. */
const total = z.number().nullish();

export const person = z.object({
  id,
  email: z.string().nullable(),
  name: text,
  lastName: text,
  orgRole: z.number().nullable(),
  validated: z.boolean().nullish(),
  deletedAt: text,
});
export type Person = z.output<typeof person>;

export const people = z.object({ success, data: z.array(person), total });

/** One person comes bare, without `success` and `data`; the profile comes in `data`. Either way round will do for both. */
const bareOrInData = <T extends z.ZodType>(shape: T) => z.preprocess(outOfData, shape);

function outOfData(body: unknown): unknown {
  const data: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'data') : undefined;
  return typeof data === 'object' && data !== null ? data : body;
}

export const onePerson = bareOrInData(person);
export const profile = bareOrInData(z.object({ id, orgId: text, orgRole: z.number(), validated: z.boolean() }));
export type Profile = z.output<typeof profile>;

const member = z.object({ userId: id, role: z.string() });
export const workspace = z.object({ id, name: z.string(), users: z.array(member) });
export type Workspace = z.output<typeof workspace>;

export const workspaces = z.object({ success, workspaces: z.array(workspace), total });
export const oneWorkspace = z.object({ success, workspace });

/** A yes to a change may be empty; what came of it is read afterwards in any case. */
export const changed = z.object({ success: success.nullish() }).nullable();

/** Five shapes of error are known, and none of their words are relied on; it must be JSON or empty, since a proxy's page is not Flashback's word. */
export const whatever = z.unknown();

/** The answer to a refresh, in either spelling. */
export const refreshed = z.preprocess(
  (body) => (typeof body === 'object' && body !== null ? inOneSpelling({ ...body }) : body),
  z.object({ accessToken: z.string().min(1), refreshToken: z.string().min(1).optional() }),
);

function inOneSpelling({ access_token, refresh_token, ...rest }: Record<string, unknown>): object {
  return {
    ...(access_token !== undefined && { accessToken: access_token }),
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...rest,
  };
}

/** Of keys only what names them: their values are left behind right here. */
const key = z.object({ id, name: text, deletedAt: text });
export const repositories = z.object({
  repos: z.array(z.object({ id, name: text, apiKeys: z.array(key).nullish(), aiApiKeys: z.array(key).nullish() })),
});
export const links = z.object({ links: z.array(z.object({ id, createdBy: text })), total });
export const tasks = z.object({ tasks: z.array(z.object({ id, name: text, user_id: text, active: z.boolean().nullish() })) });
