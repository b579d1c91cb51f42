import type { Check } from '../../kernel/check.ts';
import { checkOf } from '../fault.ts';
import { checkFallback } from '../seats.ts';
import { objectionTo } from './caller.ts';
import type { FlashbackClient } from './client.ts';
import type { FlashbackOptions } from './flashback.ts';
import { isAdmin } from './memberships.ts';
import { isPresent } from './people.ts';

type Site = Pick<FlashbackOptions, 'id' | 'fallbackOwnerId' | 'refreshToken'>;

/** Looks whether the account of the token has the roles that the actions need, and whether the fallback owner is there. */
export async function inspect(api: FlashbackClient, site: Site): Promise<Check[]> {
  const profile = await api.profile();
  if (profile.kind === 'fault') return [checkOf('read its own profile', profile, '')];
  const { id } = profile.body;
  const objection = objectionTo(site.id, profile.body);
  return [
    { what: 'manage people', verdict: objection ? 'fix' : 'fine', detail: objection ?? `the account ${id} may manage people` },
    await fallbackOwner(api, site),
    await administered(api, site, id),
    renewal(site),
  ];
}

async function fallbackOwner(api: FlashbackClient, { id, fallbackOwnerId }: Site): Promise<Check> {
  const answer = await api.people();
  if (answer.kind === 'fault') return checkOf('find the fallback owner', answer, '');
  const isThere = answer.body.data.some((person) => person.id === fallbackOwnerId && isPresent(person));
  return checkFallback(id, fallbackOwnerId, isThere);
}

async function administered(api: FlashbackClient, { id }: Site, callerId: string): Promise<Check> {
  const what = 'change the members of workspaces';
  const answer = await api.workspaces();
  if (answer.kind === 'fault') return checkOf(what, answer, '');
  const { workspaces } = answer.body;
  const lacking = workspaces.filter((workspace) => !isAdmin(workspace, callerId)).map((workspace) => `${workspace.id} (${workspace.name})`);
  const unseen = 'workspaces that it is not in cannot be seen';
  if (lacking.length === 0) {
    return {
      what,
      verdict: 'fine',
      detail: `the account ${callerId} is ADMIN of every workspace that it is in (${workspaces.length}); ${unseen}`,
    };
  }
  const detail = `${id}: the account ${callerId} is no ADMIN of ${lacking.join(', ')}: nobody can be taken out of there. Make it one; ${unseen}.`;
  return { what, verdict: 'fix', detail };
}

function renewal({ id, refreshToken }: Site): Check {
  const what = 'renew its token';
  if (refreshToken !== undefined)
    return { what, verdict: 'unclear', detail: 'a refresh token is configured; it is tried when it is needed' };
  const detail = `a token is good for an hour, and there is no targets[${id}].refreshToken to fetch the next one with: somebody has to replace it every hour`;
  return { what, verdict: 'unclear', detail };
}
