import { resultOfFault } from '../fault.ts';
import type { ActionResult } from '../target.ts';
import type { Attempt } from './attempt.ts';
import type { Account } from './facts.ts';
import { roleIn } from './memberships.ts';
import { readWorkspaces } from './people.ts';
import { removalOf } from './succession.ts';

/** The removals that must come first, where a fresh list still shows the account in a workspace; undefined where it shows it in none. */
export async function stillIn(attempt: Attempt, { userId }: Account): Promise<ActionResult | undefined> {
  const workspaces = await readWorkspaces(attempt);
  if (workspaces.kind === 'fault') return resultOfFault(workspaces);
  const own = workspaces.items.filter((workspace) => roleIn(workspace, userId) !== undefined);
  if (own.length === 0) return undefined;
  const reason = `${userId} is still a member of ${own.length} workspace(s), and is taken out of these before`;
  return { kind: 'more-first', followUps: own.map((workspace) => removalOf(workspace, userId)), reason };
}
