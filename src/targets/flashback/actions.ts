import { ensureAdmin } from './actions/ensure-admin.ts';
import { listWorkspaces } from './actions/list-workspaces.ts';
import { removeFromOrganization } from './actions/remove-from-organization.ts';
import { removeFromWorkspace } from './actions/remove-from-workspace.ts';
import { resolveAccount } from './actions/resolve-account.ts';
import { restoreAccount } from './actions/restore-account.ts';
import { restoreMembership } from './actions/restore-membership.ts';
import { verifyRemoval } from './actions/verify-removal.ts';
import type { FlashbackAction } from './attempt.ts';

/** How Flashback is left, in order; the last two take back a removal that was begun and never confirmed. */
export const ACTIONS: readonly FlashbackAction[] = [
  resolveAccount,
  listWorkspaces,
  ensureAdmin,
  removeFromWorkspace,
  removeFromOrganization,
  verifyRemoval,
  restoreAccount,
  restoreMembership,
];
