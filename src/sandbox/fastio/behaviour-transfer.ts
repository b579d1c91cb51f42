import { type Answer, notFound, ok, refusal } from './answers.ts';
import type { RequestRecord } from './journal.ts';
import type { User, Workspace } from './state.ts';
import { moveWorkspace, type World } from './world.ts';

/**
 * Gives a workspace to another person, at once or later.
 *
 * A suspended new owner is accepted: like the removal of an owner, nothing but the client's own care prevents it.
 */
export function transfer(world: World, workspaceId: string, newOwnerId: unknown, request: RequestRecord): Answer {
  const workspace = world.state.workspaces.get(workspaceId);
  if (typeof newOwnerId !== 'string' || newOwnerId === '') return refusal('invalid_request', 'new_owner_id must be the id of a user');
  if (!workspace || workspace.orphaned) return notFound('workspace', workspaceId);
  world.rules.judgeTransfer(workspace, newOwnerId);
  if (workspace.ownerId === newOwnerId) return owned(workspace);
  if (workspace.pending) return stillMoving(workspace, workspace.pending.newOwnerId, newOwnerId);
  const newOwner = world.state.member(newOwnerId);
  if (!newOwner) return notFound('user', newOwnerId);
  if (exceedsQuota(world, newOwner, workspace))
    return refusal('quota_exceeded', `User ${newOwnerId} has no room for workspace ${workspaceId}`);
  request.effect = true;
  return world.habits.acceptedTransfers ? accept(world, workspace, newOwnerId, request) : moveNow(world, workspace, newOwnerId, request);
}

function owned({ id, ownerId }: Workspace): Answer {
  return ok({ workspace: { id, owner_id: ownerId } });
}

function stillMoving(workspace: Workspace, goingTo: string, wanted: string): Answer {
  return goingTo === wanted
    ? { ...owned(workspace), status: 202 }
    : refusal('conflict', `Workspace ${workspace.id} is on its way to somebody else`);
}

/** What is on its way to a person already counts as theirs. */
function exceedsQuota({ state }: World, newOwner: User, { storageBytes }: Workspace): boolean {
  if (newOwner.storageQuotaBytes === undefined) return false;
  const used = [...state.workspaces.values()]
    .filter(({ ownerId, pending }) => ownerId === newOwner.id || pending?.newOwnerId === newOwner.id)
    .reduce((sum, workspace) => sum + workspace.storageBytes, 0);
  return used + storageBytes > newOwner.storageQuotaBytes;
}

function accept(world: World, workspace: Workspace, newOwnerId: string, request: RequestRecord): Answer {
  const dueAt = new Date(world.clock.now().getTime() + (world.habits.acceptedTransfers?.afterMs ?? 0));
  workspace.pending = { newOwnerId, dueAt, requestSeq: request.seq };
  return { ...owned(workspace), status: 202 };
}

function moveNow(world: World, workspace: Workspace, newOwnerId: string, request: RequestRecord): Answer {
  moveWorkspace(world, workspace, newOwnerId, request.seq, world.clock.now());
  return owned(workspace);
}
