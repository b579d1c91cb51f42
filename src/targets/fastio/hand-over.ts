import type { Fault } from '../fault.ts';
import type { Attempt } from './attempt.ts';
import { type Account, plannedHandOver } from './facts.ts';

/** One workspace on its way: from the leaver to the successor, or back. */
export interface HandOver {
  readonly workspaceId: string;
  readonly name: string;
  readonly giverId: string;
  readonly ownerBefore: string;
  readonly receiverId: string;
  /** Others to whom an earlier attempt may have given it. */
  readonly otherReceivers: readonly string[];
  /** The setting by which somebody else would receive it; null where only this one may. */
  readonly setting: string | null;
}

/** The hand-over that the step is about, as it was planned; undefined when the step does not say. */
export function handOverOf({ context, site }: Attempt, { userId }: Account): HandOver | undefined {
  const planned = plannedHandOver(context);
  if (!planned || !context.subject) return undefined;
  const { name, ownerId, successorId, otherSuccessors } = planned;
  const otherReceivers = [successorId, ...otherSuccessors, site.fallbackOwnerId].filter((id) => id !== '' && id !== userId);
  const setting = `targets[${site.id}].fallbackOwnerId`;
  return { workspaceId: context.subject, name, giverId: userId, ownerBefore: ownerId, receiverId: successorId, otherReceivers, setting };
}

/** The same the other way round, from whoever has it now. */
export function wayBack({ name, workspaceId, giverId }: HandOver, holderId: string): HandOver {
  return { workspaceId, name, giverId: holderId, ownerBefore: holderId, receiverId: giverId, otherReceivers: [], setting: null };
}

export type Whereabouts =
  | { readonly kind: 'with-giver' }
  | { readonly kind: 'with-receiver'; readonly ownerId: string }
  | { readonly kind: 'nowhere' }
  | Fault;

/** Whose list shows the workspace at this moment. */
export async function locate(attempt: Attempt, job: HandOver): Promise<Whereabouts> {
  const withGiver = await isWithGiver(attempt, job);
  if (typeof withGiver === 'object') return withGiver;
  if (withGiver) return { kind: 'with-giver' };
  for (const ownerId of new Set([job.receiverId, ...job.otherReceivers])) {
    const owned = await owns(attempt, ownerId, job.workspaceId);
    // A receiver that is not a member has no list, and does not own the workspace then.
    if (typeof owned === 'object' && owned.cause !== 'absent') return owned;
    if (owned === true) return { kind: 'with-receiver', ownerId };
  }
  return { kind: 'nowhere' };
}

/** Whether the giver's list still shows it. */
export function isWithGiver(attempt: Attempt, { giverId, workspaceId }: HandOver): Promise<boolean | Fault> {
  return owns(attempt, giverId, workspaceId);
}

async function owns({ api }: Attempt, userId: string, workspaceId: string): Promise<boolean | Fault> {
  const list = await api.workspaces(userId);
  return list.kind === 'fault' ? list : list.items.some((workspace) => workspace.id === workspaceId);
}
