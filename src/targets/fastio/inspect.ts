import type { Check } from '../../kernel/check.ts';
import { checkOf, type Fault } from '../fault.ts';
import type { FastioClient } from './client.ts';
import type { FastioOptions } from './fastio.ts';

type Site = Pick<FastioOptions, 'id' | 'orgId' | 'fallbackOwnerId'>;

/** Reads the first row of each list that the actions read: what the token may not read is named, with what to do. */
export async function inspect(api: FastioClient, { id, orgId, fallbackOwnerId }: Site): Promise<Check[]> {
  const members = await api.firstMember();
  const inventory = await api.firstWorkspace(fallbackOwnerId);
  const webhooks = await api.firstWebhook();
  const audit = await api.firstDeletion(fallbackOwnerId);
  return [
    checkOf('read the members', members, `the members of ${orgId} can be read`),
    isUnknown(inventory)
      ? unknownOwner(id, fallbackOwnerId)
      : checkOf('read what somebody owns', inventory, `what fallbackOwnerId ${fallbackOwnerId} owns can be read`),
    checkOf('read the webhooks', webhooks, 'the webhooks can be read'),
    checkOf('read the audit log', audit, 'the audit log can be read'),
    changes(id),
  ];
}

function isUnknown(answer: Fault | { readonly kind: 'answer' }): boolean {
  return answer.kind === 'fault' && answer.cause === 'absent';
}

function unknownOwner(id: string, fallbackOwnerId: string): Check {
  const detail = `${id}: the account ${fallbackOwnerId} in targets[${id}].fallbackOwnerId is not there. Put the id of somebody who stays into it.`;
  return { what: 'find the fallback owner', verdict: 'fix', detail };
}

/** Fastio has no call that tells the scopes of a token. */
function changes(id: string): Check {
  const detail = `no read shows whether the token in targets[${id}].token may suspend, hand over and remove: it needs the scopes org:admin and users:manage`;
  return { what: 'change accounts', verdict: 'unclear', detail };
}
