import { type Fault, readFault } from '../fault.ts';
import { poll } from '../poll.ts';
import type { Attempt } from './attempt.ts';
import type { Account } from './facts.ts';
import type { Listed } from './paging.ts';
import type { Workspace } from './schemas.ts';

/** What the account owns at this moment. A row that names another owner is a contradiction, on which nothing may be built. */
export async function readInventory({ api, site }: Attempt, { userId }: Account): Promise<Listed<Workspace> | Fault> {
  const list = await api.workspaces(userId);
  const foreign = list.kind === 'list' ? list.items.find((workspace) => workspace.owner_id !== userId) : undefined;
  if (!foreign) return list;
  const message = `${site.id}: workspace ${foreign.id} is listed as owned by ${userId}, but its owner is given as ${foreign.owner_id}. Leaver did nothing, and looks again later.`;
  return readFault('conflict', message);
}

/** What the account owns once two complete reads in a row agree: a list that is still growing is followed until it stands still. */
export async function readStableInventory(attempt: Attempt, account: Account): Promise<Listed<Workspace> | Fault> {
  let before: string | undefined;
  const look = async () => {
    const list = await readInventory(attempt, account);
    if (list.kind === 'fault') return list;
    const now = JSON.stringify(list.items.map((workspace) => workspace.id).sort());
    const stable = now === before;
    before = now;
    return stable ? list : undefined;
  };
  const { clock, context, site } = attempt;
  const list = await poll(look, { clock, signal: context.signal, firstPauseMs: 50, maxPauseMs: 1000, withinMs: 5000 });
  return list ?? readFault('conflict', `${site.id}: the workspaces of ${account.userId} changed at every look. Leaver looks again later.`);
}
