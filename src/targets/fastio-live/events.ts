import type { Account } from './facts.ts';
import type { Kind } from './place.ts';
import type { EventRow } from './schemas.ts';

/** What Fast.io writes down when somebody is taken out: https://github.com/MediaFire/fastio-skills */
export const EVENTS: Readonly<Record<Kind, string>> = {
  org: 'removed_member_from_org',
  workspace: 'removed_member_from_workspace',
  share: 'removed_member_from_share',
};

/** The events that say so of this account. The filters of a search are only a hint to the server, so each event is looked at. */
export function removalsAmong(events: readonly EventRow[], event: string, { userId }: Account): EventRow[] {
  return events.filter((row) => row.event === event && userId !== null && (row.user_id === userId || row.object_id === userId));
}
