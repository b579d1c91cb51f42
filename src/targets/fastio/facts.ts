import { z } from 'zod';
import type { JsonObject } from '../../kernel/json.ts';
import { finishedStep } from '../finished.ts';
import type { ActionContext } from '../target.ts';

/** The leaver's account, as `resolve-account` found it. */
const account = z
  .object({ userId: z.string().min(1), status: z.string(), statusBefore: z.string().optional(), role: z.string().nullish() })
  .transform(({ userId, status, statusBefore = status, role = null }) => ({ userId, status, statusBefore, role }));
/** `statusBefore`: the status in which the case found the account, whatever it has made of it since. */
export type Account = z.output<typeof account>;

const successor = z.object({ accountId: z.string(), email: z.string().nullable() });
const owned = z.object({ id: z.string(), storageBytes: z.number().nullable() });
const inventory = z.object({
  workspaces: z.array(owned).catch([]),
  priorDeletions: z.array(z.string()).default([]),
  successor: successor.optional(),
});
const handOver = z.object({
  name: z.string(),
  successorId: z.string().min(1),
  ownerId: z.string(),
  otherSuccessors: z.array(z.string().min(1)).default([]),
});

const received = z.object({ seenWith: z.string().min(1) });

/** Who was seen with the workspace after the transfer; undefined when no finished transfer tells. */
export function receiverOf({ finished, subject }: ActionContext): string | undefined {
  const transfer = finished.find((step) => step.action === 'transfer-workspace' && step.subject === subject);
  return received.safeParse(transfer?.facts).data?.seenWith;
}

/** The account, undefined when no finished step tells it. */
export function accountOf(context: ActionContext): Account | undefined {
  return account.safeParse(finishedStep(context, 'resolve-account')?.facts).data;
}

/** What `list-workspaces` found: the workspaces, earlier `user.deleted` events, and the successor it chose. */
export function inventoryOf(context: ActionContext): z.output<typeof inventory> {
  return inventory.safeParse(finishedStep(context, 'list-workspaces')?.facts).data ?? { workspaces: [], priorDeletions: [] };
}

/** What the follow-up says about the workspace to hand over: its name, its owner, and who was meant to get it. */
export function plannedHandOver(context: ActionContext): z.output<typeof handOver> | undefined {
  return handOver.safeParse(context.facts).data;
}

const moved = z.object({ name: z.string(), successorId: z.string() });

/** What a finished transfer says about the workspace and who got it. */
export function movedTo(facts: JsonObject): z.output<typeof moved> | undefined {
  return moved.safeParse(facts).data;
}

const tokens = z.object({ deleted: z.number().nullable() });
const webhooks = z.object({ webhooks: z.array(z.object({ id: z.string(), appId: z.string().nullable(), host: z.string().nullable() })) });

/** The leaver's credentials that this case has deleted: how many tokens (null where nobody said), and which webhooks. */
export function deletedOf(context: ActionContext): { tokens: number | null } & z.output<typeof webhooks> {
  const step = finishedStep(context, 'delete-tokens');
  const none = step?.outcome === 'already-absent' ? 0 : null;
  return {
    tokens: tokens.safeParse(step?.facts).data?.deleted ?? none,
    webhooks: webhooks.safeParse(finishedStep(context, 'delete-webhooks')?.facts).data?.webhooks ?? [],
  };
}
