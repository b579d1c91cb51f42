import { cancelInvitations } from './actions/cancel-invitations.ts';
import { listWorkspaces } from './actions/list-workspaces.ts';
import { notifySuccessor } from './actions/notify-successor.ts';
import { removeFromOrganization } from './actions/remove-from-organization.ts';
import { removeMembership } from './actions/remove-membership.ts';
import { resolveAccount } from './actions/resolve-account.ts';
import { restoreMembership } from './actions/restore-membership.ts';
import { restrictMembership } from './actions/restrict-membership.ts';
import { returnMembership } from './actions/return-membership.ts';
import { returnOwnership } from './actions/return-ownership.ts';
import { revokeGrant } from './actions/revoke-grant.ts';
import { revokeIdentities } from './actions/revoke-identities.ts';
import { transferOwnership } from './actions/transfer-ownership.ts';
import { verifyAudit } from './actions/verify-audit.ts';
import { verifyRemoval } from './actions/verify-removal.ts';
import type { LiveAction } from './attempt.ts';

/** How the live Fast.io is left, in order; the last three take back what was done. */
export const ACTIONS: readonly LiveAction[] = [
  resolveAccount,
  restrictMembership,
  listWorkspaces,
  cancelInvitations,
  revokeGrant,
  revokeIdentities,
  transferOwnership,
  removeMembership,
  removeFromOrganization,
  verifyRemoval,
  verifyAudit,
  notifySuccessor,
  restoreMembership,
  returnOwnership,
  returnMembership,
];
