import type { Listed } from '../fastio/paging.ts';
import type { Fault } from '../fault.ts';
import type { FollowUp } from '../target.ts';
import type { Attempt } from './attempt.ts';
import type { Account } from './facts.ts';
import { sideBySide } from './holdings.ts';
import type { Place } from './place.ts';
import type { Grant, Identity } from './schemas.ts';

/** What hangs on the leaver's account and on no membership: single files that are shared with it, and logins at other clouds. */
export interface Connections {
  readonly kind: 'connections';
  /** One step a file that is shared with the account, and a workspace with a login of theirs. */
  readonly followUps: readonly FollowUp[];
  /** Files that are shared with an address of the person and with no account, and logins that do not say whose they are. */
  readonly unattributed: readonly string[];
  /** What could not be read, as sentences. It holds nothing up. */
  readonly unread: readonly string[];
}

/** Looks through the file shares and the logins of these workspaces; a fault only where it is worth to come back later. */
export async function readConnections({ api }: Attempt, account: Account, workspaces: readonly Place[]): Promise<Connections | Fault> {
  const shares = await readEach('file shares', workspaces, ({ id }) => api.fileSharesIn(id));
  if ('cause' in shares) return shares;
  const files = shares.found.flatMap(({ items }) => items);
  const grants = await readEach('grants', files, ({ id }) => api.grants(id));
  if ('cause' in grants) return grants;
  const identities = await readEach('import identities', workspaces, ({ id }) => api.identities(id));
  if ('cause' in identities) return identities;
  return {
    kind: 'connections',
    followUps: [
      ...grants.found.flatMap(({ of, items }) => (items.some(isGrantOf(account)) ? [grantsOf(of.id, of.name ?? '')] : [])),
      ...identities.found.flatMap(({ of, items }) => (items.some(isIdentityOf(account)) ? [identitiesOf(of)] : [])),
    ],
    unattributed: [
      ...grants.found.flatMap(({ of, items }) => (items.some(isByAddress(account)) ? [`fileshare/${of.id}`] : [])),
      ...identities.found.flatMap(({ of, items }) => items.filter(isNobodys).map(({ id }) => `workspace/${of.id} identity ${id}`)),
    ],
    unread: [...shares.unread, ...grants.unread, ...identities.unread],
  };
}

/** Whether the file is shared with the account. */
export function isGrantOf({ userId }: Account): (grant: Grant) => boolean {
  return ({ user }) => userId !== null && user === userId;
}

function isByAddress({ addresses }: Account): (grant: Grant) => boolean {
  return ({ user, email }) => !user && addresses.has(email?.toLowerCase() ?? '');
}

/** Whether the login is the account's, and still good. */
export function isIdentityOf({ userId }: Account): (identity: Identity) => boolean {
  return ({ user, state }) => userId !== null && user === userId && state !== 'revoked';
}

function isNobodys({ user, state }: Identity): boolean {
  return !user && state !== 'revoked';
}

function grantsOf(fileShareId: string, name: string): FollowUp {
  return { action: 'revoke-grant', subject: `fileshare/${fileShareId}`, facts: { name } };
}

function identitiesOf({ id, name }: Place): FollowUp {
  return { action: 'revoke-identities', subject: `workspace/${id}`, facts: { name } };
}

interface ReadEach<Of, T> {
  readonly found: readonly { readonly of: Of; readonly items: readonly T[] }[];
  readonly unread: readonly string[];
}

/** Reads the list of each. A call that does not answer, or that there is none of, is not made again and again. */
async function readEach<Of extends { readonly id: string }, T>(
  what: string,
  all: readonly Of[],
  read: (of: Of) => Promise<Listed<T> | Fault>,
): Promise<ReadEach<Of, T> | Fault> {
  const found: { of: Of; items: readonly T[] }[] = [];
  const unread: string[] = [];
  let gaveUp = false;
  let later: Fault | undefined;
  await sideBySide(all, async (of) => {
    if (gaveUp) return;
    const list = await read(of);
    if (list.kind === 'list') found.push({ of, items: list.items });
    else if (list.cause === 'too-busy') later ??= list;
    else if (list.cause !== 'absent')
      unread.push(`the ${what} of ${of.id} could not be read (${list.targetCode ?? list.status ?? list.cause}): look there by hand`);
    if (list.kind === 'fault' && (list.retryable || list.cause === 'not-offered')) gaveUp = true;
  });
  if (later) return later;
  const rest = gaveUp && all.length > unread.length + found.length;
  return { found, unread: rest ? [...unread, `nor were the ${what} of the others: look through them by hand`] : unread };
}
