import type { Fault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import type { Attempt } from './attempt.ts';
import { roleIn } from './memberships.ts';
import { isPresent } from './people.ts';
import type { Workspace } from './schemas.ts';

/** Where an account stands with a workspace. */
export type Seen =
  | { readonly kind: 'member'; readonly role: string; readonly workspace: Workspace }
  | { readonly kind: 'no-member'; readonly workspace: Workspace };

/** Reads the workspace. Refused when it is out of sight, since then nobody can say who is in it. */
export async function seeMembership({ api, site }: Attempt, workspaceId: string, userId: string): Promise<Seen | Refused | Fault> {
  const answer = await api.workspace(workspaceId);
  if (answer.kind === 'fault') return answer;
  if (answer.status === 404) {
    const message = `${site.id}: workspace ${workspaceId} is not there, or Leaver's account may not see it, so nobody can say whether ${userId} is still in it. Let that account be an ADMIN of it, then retry; if the workspace was deleted, cancel the case and see to what is left by hand.`;
    return refused('target-unclear', message);
  }
  const { workspace } = answer.body;
  const role = roleIn(workspace, userId);
  return role === undefined ? { kind: 'no-member', workspace } : { kind: 'member', role, workspace };
}

/** Whether the account is still in the organization: a deleted one may be listed, with the day of its deletion. */
export async function seePerson({ api }: Attempt, userId: string): Promise<'present' | 'gone' | Fault> {
  const answer = await api.person(userId);
  if (answer.kind === 'fault') return answer;
  return answer.status === 404 || !isPresent(answer.body) ? 'gone' : 'present';
}
