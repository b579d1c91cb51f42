import { z } from 'zod';
import { finishedStep } from '../finished.ts';
import type { ActionContext } from '../target.ts';

const webhooks = z.object({ webhooks: z.array(z.object({ appId: z.string().nullable(), host: z.string().nullable() })) });
const tokens = z.object({ deleted: z.number().nullable() });
const sessions = z.object({ revoked: z.number().nullable(), locksReleased: z.number().nullable() });

interface App {
  readonly appId: string;
  /** Where its webhooks went. */
  readonly hosts: readonly string[];
}

/** The agents that hung on the leaver's account, as far as Fastio tells of them; null where it gave no number. */
export interface Bound {
  /** By the webhooks that were deleted. */
  readonly apps: readonly App[];
  readonly tokensDeleted: number | null;
  readonly sessionsEnded: number | null;
  readonly locksReleased: number | null;
}

/** What the steps before have found and ended. */
export function boundIn(context: ActionContext): Bound {
  const ended = sessions.safeParse(finishedStep(context, 'revoke-sessions')?.facts).data;
  return {
    apps: appsIn(context),
    tokensDeleted: tokens.safeParse(finishedStep(context, 'delete-tokens')?.facts).data?.deleted ?? null,
    sessionsEnded: ended?.revoked ?? null,
    locksReleased: ended?.locksReleased ?? null,
  };
}

function appsIn(context: ActionContext): App[] {
  const deleted = webhooks.safeParse(finishedStep(context, 'delete-webhooks')?.facts).data?.webhooks ?? [];
  const byApp = Map.groupBy(deleted, ({ appId }) => appId);
  return [...byApp].flatMap(([appId, theirs]) =>
    appId === null ? [] : [{ appId, hosts: [...new Set(theirs.flatMap(({ host }) => host ?? []))] }],
  );
}

/** The same for the successor, a sentence each. */
export function inWords({ apps, tokensDeleted, sessionsEnded, locksReleased }: Bound): string[] {
  const names = apps.map(({ appId, hosts }) => (hosts.length > 0 ? `${appId} (webhooks to ${hosts.join(', ')})` : appId)).join(', ');
  return [
    ...(apps.length > 0 ? [`Bound to that account were the apps ${names}; their webhooks were deleted.`] : []),
    ...counted(tokensDeleted, 'API token', 'deleted'),
    ...counted(sessionsEnded, 'session', 'ended'),
    ...counted(locksReleased, 'file lock', 'released'),
  ];
}

function counted(count: number | null, what: string, became: string): string[] {
  if (count === null || count === 0) return [];
  return [count === 1 ? `1 ${what} was ${became}.` : `${count} ${what}s were ${became}.`];
}
