import { type Fault, readFault } from '../fault.ts';
import type { Attempt } from './attempt.ts';
import type { Person, Workspace } from './schemas.ts';

const OWNER = 255;

export interface Listed<T> {
  readonly kind: 'list';
  readonly items: readonly T[];
}

/** Everybody of the organization, those deleted included where Flashback lists them. */
export async function readPeople({ api, site }: Attempt): Promise<Listed<Person> | Fault> {
  const answer = await api.people();
  if (answer.kind === 'fault') return answer;
  return complete(`${site.id}: the list of people`, answer.body.data, answer.body.total);
}

/** The workspaces that Leaver's account is in, with their members. */
export async function readWorkspaces({ api, site }: Attempt): Promise<Listed<Workspace> | Fault> {
  const answer = await api.workspaces();
  if (answer.kind === 'fault') return answer;
  return complete(`${site.id}: the list of workspaces`, answer.body.workspaces, answer.body.total);
}

/** Nobody is declared absent by a list that lacks somebody. */
function complete<T>(what: string, items: readonly T[], total: number | null | undefined): Listed<T> | Fault {
  if (typeof total !== 'number' || total <= items.length) return { kind: 'list', items };
  const message = `${what}: ${items.length} of ${total} came, and Flashback has no call for the rest. Leaver did nothing, and looks again later.`;
  return readFault('misshapen', message);
}

/** Whether the account has not been deleted. */
export function isPresent({ deletedAt }: Person): boolean {
  return deletedAt === null || deletedAt === undefined;
}

/** Whether the organization would have no OWNER without this account; those who are leaving too do not count, or two of them would go at once. */
export function isLastOwner(people: readonly Person[], userId: string, leavingAccounts: ReadonlySet<string>): boolean {
  const owners = people.filter((person) => isPresent(person) && person.orgRole === OWNER);
  return owners.some(({ id }) => id === userId) && owners.every(({ id }) => id === userId || leavingAccounts.has(id));
}

/** What to do about an OWNER whom nobody could replace. */
export function lastOwnerAdvice(target: string, userId: string): string {
  return `${target}: ${userId} is the last OWNER of the organization, so Leaver takes the account out of nothing. Make somebody who stays an OWNER there, then retry.`;
}
