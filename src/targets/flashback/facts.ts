import { z } from 'zod';
import { finishedStep } from '../finished.ts';
import type { ActionContext } from '../target.ts';

/** The leaver's account, as `resolve-account` found it. */
const account = z.object({ userId: z.string().min(1) });
export type Account = z.output<typeof account>;

const role = z.enum(['READ', 'WRITE', 'ADMIN']);
const membership = z.object({ name: z.string(), role: role.nullable().catch(null) });

/** One workspace that the leaver is in: what it is called, and what they may do there; null for a role that nobody knows. */
export interface Membership extends z.output<typeof membership> {
  readonly workspaceId: string;
}

/** The account, undefined when no finished step tells it. */
export function accountOf(context: ActionContext): Account | undefined {
  return account.safeParse(finishedStep(context, 'resolve-account')?.facts).data;
}

/** The membership that the step is about, undefined when the step does not say. */
export function plannedMembership({ subject, facts }: ActionContext): Membership | undefined {
  const { data } = membership.safeParse(facts);
  return data && subject ? { ...data, workspaceId: subject } : undefined;
}
