import { type Fault, resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atPlace, type LiveAction } from '../attempt.ts';
import { isIdentityOf } from '../connections.ts';
import type { Account } from '../facts.ts';
import { called, type Place } from '../place.ts';
import { explained } from '../refusals.ts';

/** Revokes the logins at other clouds that the leaver has connected to one workspace. Done when none of them is shown as good. */
export const revokeIdentities: LiveAction = {
  action: 'revoke-identities',
  phase: 'cleanup',
  after: ['list-workspaces'],
  playbooks: ['offboard'],
  observed: 'the import identities of the workspace: only what is left is revoked',
  lasting: 'logins at other clouds that were revoked stay revoked: connect them again',
  perSubject: true,
  run: atPlace(async (attempt, account, place) => {
    const before = await look(attempt, account, place);
    if ('result' in before) return before.result;
    if (before.ids.length === 0)
      return done(attempt.context.repeated ? 'verified' : 'already-absent', { name: place.name, identities: [] });
    const fault = await revokeEach(attempt, place, before.ids);
    const after = await patiently(attempt, async () => {
      const left = await look(attempt, account, place);
      return 'result' in left || left.ids.length === 0 ? left : undefined;
    });
    if (after) return 'result' in after ? after.result : done('verified', { name: place.name, identities: [...before.ids] });
    return fault ? denied(attempt, place, fault) : stillGood(attempt, place);
  }),
};

/** A workspace that is gone has none. */
async function look(
  { api }: Attempt,
  account: Account,
  place: Place,
): Promise<{ readonly ids: readonly string[] } | { readonly result: ActionResult }> {
  const listed = await api.identities(place.id);
  if (listed.kind === 'list') return { ids: listed.items.filter(isIdentityOf(account)).map(({ id }) => id) };
  return listed.cause === 'absent' ? { ids: [] } : { result: resultOfFault(listed) };
}

/** The first fault, if any: what became of the others is seen afterwards. */
async function revokeEach({ api }: Attempt, place: Place, ids: readonly string[]): Promise<Fault | undefined> {
  let first: Fault | undefined;
  for (const id of ids) {
    const answer = await api.revokeIdentity(place.id, id);
    if (answer.kind === 'fault' && answer.cause !== 'absent') first ??= answer;
  }
  return first;
}

function denied({ site }: Attempt, place: Place, fault: Fault): ActionResult {
  const ifDenied = `Revoke it by hand, or let the account to which targets[${site.id}].token belongs be an admin there, then retry.`;
  return explained({ target: site.id, place, what: 'a login of the person at another cloud was not revoked', ifDenied }, fault);
}

function stillGood({ site }: Attempt, place: Place): ActionResult {
  const message = `${site.id}: a login of the person at another cloud was revoked in ${called(place)}, and is still shown as good. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
