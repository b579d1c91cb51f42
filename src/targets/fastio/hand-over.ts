import type { Fault } from '../fault.ts';
import type { Attempt } from './attempt.ts';
import { type Account, plannedHandOver } from './facts.ts';

/** One workspace on its way from the leaver to the successor. */
export interface HandOver {
  readonly workspaceId: string;
  readonly name: string;
  readonly leaverId: string;
  readonly ownerBefore: string;
  readonly successorId: string;
  /** Others to whom an earlier attempt may have given it. */
  readonly earlierSuccessors: readonly string[];
}

/** The hand-over that the step is about, as it was planned; undefined when the step does not say. */
export function handOverOf({ context, site }: Attempt, { userId }: Account): HandOver | undefined {
  const planned = plannedHandOver(context);
  if (!planned || !context.subject) return undefined;
  const { name, ownerId, successorId } = planned;
  const earlierSuccessors = [successorId, site.fallbackOwnerId].filter((id) => id !== '' && id !== userId);
  return { workspaceId: context.subject, name, leaverId: userId, ownerBefore: ownerId, successorId, earlierSuccessors };
}

export type Whereabouts =
  | { readonly kind: 'with-leaver' }
  | { readonly kind: 'with-successor'; readonly ownerId: string }
  | { readonly kind: 'nowhere' }
  | Fault;

/** Whose list shows the workspace at this moment. */
export async function locate(attempt: Attempt, job: HandOver): Promise<Whereabouts> {
  const withLeaver = await isWithLeaver(attempt, job);
  if (typeof withLeaver === 'object') return withLeaver;
  if (withLeaver) return { kind: 'with-leaver' };
  for (const ownerId of new Set([job.successorId, ...job.earlierSuccessors])) {
    const owned = await owns(attempt, ownerId, job.workspaceId);
    // A fallback that is not a member has no list; it does not own the workspace then.
    if (typeof owned === 'object' && owned.cause !== 'absent') return owned;
    if (owned === true) return { kind: 'with-successor', ownerId };
  }
  return { kind: 'nowhere' };
}

/** Whether the leaver's list still shows it. */
export function isWithLeaver(attempt: Attempt, { leaverId, workspaceId }: HandOver): Promise<boolean | Fault> {
  return owns(attempt, leaverId, workspaceId);
}

async function owns({ api }: Attempt, userId: string, workspaceId: string): Promise<boolean | Fault> {
  const list = await api.workspaces(userId);
  return list.kind === 'fault' ? list : list.items.some((workspace) => workspace.id === workspaceId);
}
