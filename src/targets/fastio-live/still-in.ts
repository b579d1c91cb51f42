import type { ActionResult } from '../target.ts';
import type { Account } from './facts.ts';
import type { Holdings } from './holdings.ts';
import { cancellationsOf, membershipsIn, removalsOf, transfersOf } from './steps.ts';

/** What must come first, where the leaver is still in a workspace or a share, or invited anywhere; undefined where they are not. */
export function stillIn(holdings: Holdings, account: Account): ActionResult | undefined {
  const memberships = membershipsIn(holdings, account);
  const followUps = [...cancellationsOf(holdings, account), ...transfersOf(memberships), ...removalsOf(memberships)];
  if (followUps.length === 0) return undefined;
  const places = new Set(followUps.map(({ subject }) => subject));
  return { kind: 'more-first', followUps, reason: `the person is still in, or invited into, ${[...places].join(', ')}; these come before` };
}
