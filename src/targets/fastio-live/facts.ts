import { z } from 'zod';
import { finishedStep } from '../finished.ts';
import type { ActionContext, FinishedStep } from '../target.ts';
import type { Received } from '../telling.ts';
import type { Member } from './schemas.ts';

/** The leaver's account, as `resolve-account` found it; null for somebody who was invited and has none yet. */
const account = z.object({ userId: z.string().min(1).nullable() });
export interface Account extends z.output<typeof account> {
  /** Addresses of the person, in lower case: by these they were invited. */
  readonly addresses: ReadonlySet<string>;
}

/** The account, undefined when no finished step tells it. */
export function accountOf(context: ActionContext): Account | undefined {
  const { data } = account.safeParse(finishedStep(context, 'resolve-account')?.facts);
  return data && { ...data, addresses: addressesOf(context) };
}

export function addressesOf({ person: { email, aliases = [] } }: ActionContext): ReadonlySet<string> {
  return new Set([email, ...aliases].map((address) => address.toLowerCase()));
}

/** Whether somebody who was invited has not come yet. */
export function isPending({ status }: Pick<Member, 'status'>): boolean {
  return status === 'pending';
}

/** The leaver's own membership among these; undefined when they are no member. An invitation is none. */
export function membershipIn(members: readonly Member[], { userId, addresses }: Account): (Member & { readonly id: string }) | undefined {
  const isTheirs = ({ id, email }: Member) => (userId === null ? addresses.has(email?.toLowerCase() ?? '') : id === userId);
  const found = members.find((member) => !isPending(member) && isTheirs(member));
  return found?.id ? { ...found, id: found.id } : undefined;
}

/** Invitations of the leaver among these. Who was invited without an account has no id, as others have none: only the address tells them apart. */
export function invitationsIn(members: readonly Member[], { userId, addresses }: Account): Member[] {
  const isTheirs = ({ id, email }: Member) => (userId !== null && id === userId) || addresses.has(email?.toLowerCase() ?? '');
  return members.filter((member) => isPending(member) && isTheirs(member));
}

const standing = z.object({ role: z.string(), expires: z.string().nullable().catch(null) });
/** What somebody may do somewhere, and until when. */
export type Standing = z.output<typeof standing>;

/** The role and the end that the membership had before, as the step keeps it. */
export function standingIn(facts: FinishedStep['facts']): Standing | undefined {
  return standing.safeParse(facts).data;
}

const inventory = z.object({
  eventsFrom: z.string().optional(),
  priorEvents: z.array(z.string()).default([]),
  successor: z.object({ accountId: z.string(), email: z.string().nullable() }).optional(),
});

/** From when on events count, which of them are older than this case, and who was chosen to succeed. */
export function inventoryOf(context: ActionContext): z.output<typeof inventory> {
  return inventory.safeParse(finishedStep(context, 'list-workspaces')?.facts).data ?? { priorEvents: [] };
}

const received = z.object({ name: z.string(), seenWith: z.string().min(1) });

/** Who was seen with the place after a transfer in this case; undefined when no finished transfer tells. */
export function receiverOf({ finished, subject }: ActionContext): string | undefined {
  const transfer = finished.find((step) => step.action === 'transfer-ownership' && step.subject === subject);
  return received.safeParse(transfer?.facts).data?.seenWith;
}

/** What changed its owner in this case. */
export function handedOver({ finished }: ActionContext): Received[] {
  return finished.flatMap(({ action, subject, outcome, facts }) => {
    const { data } = received.safeParse(facts);
    return action === 'transfer-ownership' && outcome === 'verified' && subject && data
      ? [{ id: subject, name: data.name, successor: data.seenWith }]
      : [];
  });
}
