import { z } from 'zod';

/** Identifiers are opaque: any text that can stand in a path. */
const id = z
  .string()
  .min(1)
  .refine((value) => value !== '.' && value !== '..', 'cannot be an identifier');

const pagination = z.object({ has_more: z.boolean(), total: z.number().optional() });

const text = z.string().nullish();

export const member = z.object({ user_id: id, email: z.string().nullable(), status: z.string(), name: text, role: text });
export const workspace = z.object({ id, name: z.string(), owner_id: id, storage_bytes: z.number().nullish() });
export const webhook = z.object({ id, user_id: z.string().nullable(), app_id: text, url: text });
export const auditEvent = z.object({ id, event: z.string(), user_id: z.string().nullable(), actor_id: text, created_at: text });

export type Member = z.output<typeof member>;
export type Workspace = z.output<typeof workspace>;
export type Webhook = z.output<typeof webhook>;
export type AuditEvent = z.output<typeof auditEvent>;

/** One page of a list, whatever the list is called. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly total: number | undefined;
}

function pageOf<T>(items: readonly T[], { has_more, total }: z.output<typeof pagination>): Page<T> {
  return { items, hasMore: has_more, total };
}

export const memberPage = z.object({ members: z.array(member), pagination }).transform((page) => pageOf(page.members, page.pagination));
export const workspacePage = z
  .object({ workspaces: z.array(workspace), pagination })
  .transform((page) => pageOf(page.workspaces, page.pagination));
export const webhookPage = z.object({ webhooks: z.array(webhook), pagination }).transform((page) => pageOf(page.webhooks, page.pagination));
export const auditPage = z
  .object({ audit_logs: z.array(auditEvent), pagination })
  .transform((page) => pageOf(page.audit_logs, page.pagination));

export const statusChanged = z.object({ user: z.object({ id, status: z.string() }) });
export const transferred = z.object({ workspace: z.object({ id, owner_id: id }) });

/** Counts are worth recording, not worth failing for: the status alone says that it was done. */
export const revoked = z.object({ revoked: z.number().optional(), locks_released: z.number().optional() }).nullable();
export const deleted = z.object({ deleted: z.number().optional() }).nullable();

/** A body that nobody reads, though it must be JSON or empty: a proxy's HTML is not the target's word. */
export const whatever = z.unknown();
