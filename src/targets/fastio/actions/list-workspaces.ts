import { resultOfFault } from '../../fault.ts';
import { done } from '../../results.ts';
import { successorFacts } from '../../succession.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import { deletionsOf } from '../deletions.ts';
import type { Account } from '../facts.ts';
import { readStableInventory } from '../inventory.ts';
import { lastOwnerAdvice } from '../members.ts';
import type { Workspace } from '../schemas.ts';
import { bytesOf } from '../storage.ts';
import { decideSuccessor, transfersOf } from '../succession.ts';

/** Lists what the leaver owns, decides who gets it, and asks for one transfer a workspace. */
export const listWorkspaces: FastioAction = {
  action: 'list-workspaces',
  phase: 'inventory',
  after: ['suspend'],
  playbooks: ['offboard'],
  observed: 'it only reads: the inventory, until two reads agree',
  run: forAccount(async (attempt, account) => {
    const lastOwner = await lastOwnerAdvice(attempt, account);
    if (lastOwner) return lastOwner.kind === 'fault' ? resultOfFault(lastOwner) : lastOwner;
    const inventory = await readStableInventory(attempt, account);
    if (inventory.kind === 'fault') return resultOfFault(inventory);
    // Kept so that an old deletion of the same id cannot pass for the one that is still to come.
    const deletions = await deletionsOf(attempt, account);
    if (deletions.kind === 'fault') return resultOfFault(deletions);
    return planned(
      attempt,
      account,
      inventory.items,
      deletions.items.map((event) => event.id),
    );
  }),
};

async function planned(
  attempt: Attempt,
  account: Account,
  workspaces: readonly Workspace[],
  priorDeletions: readonly string[],
): Promise<ActionResult> {
  const facts = { workspaces: workspaces.map(factsOf), priorDeletions };
  if (workspaces.length === 0) return done('verified', facts);
  const successor = await decideSuccessor(attempt, account, bytesOf(workspaces));
  if (successor.kind === 'fault') return resultOfFault(successor);
  if (successor.kind !== 'successor') return successor;
  return done('verified', { ...facts, successor: successorFacts(successor) }, transfersOf(workspaces, successor));
}

function factsOf({ id, name, storage_bytes }: Workspace) {
  return { id, name, storageBytes: storage_bytes ?? null };
}
