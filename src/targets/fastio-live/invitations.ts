import type { Fault } from '../fault.ts';
import type { Attempt } from './attempt.ts';
import { type Account, invitationsIn } from './facts.ts';
import { type Holdings, type PlaceWithMembers, sideBySide } from './holdings.ts';
import type { Place } from './place.ts';

/** The ids of the leaver's invitations into the place: those that its members show, and those of its own list of invitations. */
export async function readInvitations({ api }: Attempt, account: Account, { place, members }: PlaceWithMembers): Promise<Found | Fault> {
  const shown = invitationsIn(members, account);
  const listed = await api.invitations(place);
  if (listed.kind === 'fault' && listed.retryable) return listed;
  const isTheirs = (email: string | null | undefined) => account.addresses.has(email?.toLowerCase() ?? '');
  const own =
    listed.kind === 'list' ? listed.items.filter(({ email, state }) => isTheirs(email) && (state ?? 'pending') === 'pending') : [];
  return {
    kind: 'invitations',
    ids: [...new Set([...shown.flatMap(({ invite }) => invite?.id ?? []), ...own.map(({ id }) => id)])],
    // Invited, and no id to cancel it by: then the row itself is taken out.
    withoutId: shown.flatMap(({ invite, id }) => (invite ? [] : (id ?? []))),
    isInvited: shown.length > 0 || own.length > 0,
    unread:
      listed.kind === 'fault'
        ? [`the invitations into ${place.kind} ${place.id} could not be listed (${listed.targetCode ?? listed.cause})`]
        : [],
  };
}

/** How somebody is invited into one place. */
export interface Found {
  readonly kind: 'invitations';
  readonly ids: readonly string[];
  readonly withoutId: readonly string[];
  readonly isInvited: boolean;
  readonly unread: readonly string[];
}

interface Invited {
  readonly kind: 'invited';
  readonly places: readonly Place[];
  readonly unread: readonly string[];
}

/** Where the leaver is invited. */
export async function invitedPlaces(attempt: Attempt, account: Account, { organization, places }: Holdings): Promise<Invited | Fault> {
  const all = [organization, ...places];
  const read = await sideBySide(all, async (one) => ({ place: one.place, found: await readInvitations(attempt, account, one) }));
  const invited: Place[] = [];
  const unread: string[] = [];
  for (const { place, found } of read) {
    if (found.kind === 'fault') return found;
    if (found.isInvited) invited.push(place);
    unread.push(...found.unread);
  }
  return { kind: 'invited', places: invited, unread };
}
