import { isPresent } from './people.ts';
import type { Person, Workspace } from './schemas.ts';

/** The role that the account has in the workspace, as it is written there; undefined when it is no member. */
export function roleIn({ users }: Workspace, userId: string): string | undefined {
  return users.find((member) => member.userId === userId)?.role;
}

export function isAdmin(workspace: Workspace, userId: string): boolean {
  return roleIn(workspace, userId) === 'ADMIN';
}

/** Who counts when the question is whether a person is left to look after a workspace. */
export interface Staying {
  readonly people: readonly Person[];
  readonly leaverId: string;
  /** The account of Leaver itself, which is nobody to turn to. */
  readonly callerId: string;
  readonly leavingAccounts: ReadonlySet<string>;
}

/** Whether the leaver is the last ADMIN of the workspace who is a person that stays. */
export function isLastHumanAdmin(workspace: Workspace, { people, leaverId, callerId, leavingAccounts }: Staying): boolean {
  const present = new Set(people.filter(isPresent).map(({ id }) => id));
  const remains = ({ userId, role }: Workspace['users'][number]) =>
    role === 'ADMIN' && userId !== leaverId && userId !== callerId && !leavingAccounts.has(userId) && present.has(userId);
  return isAdmin(workspace, leaverId) && !workspace.users.some(remains);
}
