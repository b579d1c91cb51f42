import { messageOf } from '../kernel/errors.ts';
import type { FoundEntry } from './check-store.ts';
import { commitToPersonal } from './commitment.ts';
import { commitmentOf } from './entry.ts';
import { parseEntry, parsePersonal } from './store.ts';
import { leafHash } from './tree.ts';

/** What is wrong with an entry that should be the one at `seq`; null when nothing is. */
export function faultOf(found: FoundEntry, seq: number): string | null {
  if (found.seq !== seq) {
    return `entry ${seq} is missing: the next one is ${found.seq}`;
  }
  if (!found.hash) {
    return `entry ${seq} has no hash in the tree`;
  }
  if (found.body === null) {
    return found.pruned ? null : `entry ${seq} has lost its body, and no entry says that its case was pruned`;
  }
  if (!leafHash(found.body).equals(found.hash)) {
    return `entry ${seq} is not what was recorded: its content does not match its hash`;
  }
  try {
    return faultBeside(found, found.body, seq);
  } catch (error) {
    return `entry ${seq} cannot be read: ${messageOf(error)}`;
  }
}

/** What stands beside the body that is hashed: the columns by which it is found, and what it commits to. */
function faultBeside({ kind, caseId, personal, pruned, erased }: FoundEntry, body: string, seq: number): string | null {
  const entry = parseEntry(body);
  if (entry.kind !== kind || entry.caseId !== caseId) {
    return `entry ${seq} is filed under another case or kind than it says itself`;
  }
  const [apart, commitment] = [parsePersonal(personal), commitmentOf(entry)];
  if (apart === null) {
    return commitment === null || pruned || erased
      ? null
      : `entry ${seq} has lost what was set apart from it, and no entry says that it was erased`;
  }
  return commitToPersonal(apart) === commitment ? null : `what was set apart from entry ${seq} is not what it commits to`;
}
