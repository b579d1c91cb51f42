import type { Fault } from '../fault.ts';
import type { ActionContext, SuccessorCandidate } from '../target.ts';
import type { FastioClient } from './client.ts';
import { inventoryOf } from './facts.ts';
import type { Workspace } from './schemas.ts';

/** What the workspaces hold, in bytes; one whose size is not told counts as nothing. */
export function bytesOf(workspaces: readonly Pick<Workspace, 'storage_bytes'>[]): number {
  return workspaces.reduce((sum, { storage_bytes }) => sum + (storage_bytes ?? 0), 0);
}

/** What was found with the leaver and has not been handed over yet, in bytes. */
export function bytesLeft(context: ActionContext): number {
  const moved = new Set(context.finished.flatMap(({ action, subject }) => (action === 'transfer-workspace' ? [subject] : [])));
  const left = inventoryOf(context).workspaces.filter(({ id }) => !moved.has(id));
  return left.reduce((sum, { storageBytes }) => sum + (storageBytes ?? 0), 0);
}

/**
 * Marks who could not store so much on top of what they have. Fastio says what somebody owns, and not how much they may: that is the operator's to
 * say. Where they do not, a transfer that does not fit is refused with `quota_exceeded`, and the next candidate is tried then.
 */
export async function withRoom(
  api: FastioClient,
  quota: number | undefined,
  bytes: number,
  candidates: readonly SuccessorCandidate[],
): Promise<readonly SuccessorCandidate[] | Fault> {
  if (quota === undefined) return candidates;
  const marked: SuccessorCandidate[] = [];
  for (const candidate of candidates) {
    const owned = candidate.status === 'active' ? await api.workspaces(candidate.accountId) : null;
    if (owned?.kind === 'fault') return owned;
    marked.push(owned && bytesOf(owned.items) + bytes > quota ? { ...candidate, isOverQuota: true } : candidate);
  }
  return marked;
}
