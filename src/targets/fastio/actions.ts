import { deleteTokens } from './actions/delete-tokens.ts';
import { deleteWebhooks } from './actions/delete-webhooks.ts';
import { listWorkspaces } from './actions/list-workspaces.ts';
import { notifySuccessor } from './actions/notify-successor.ts';
import { removeMember } from './actions/remove-member.ts';
import { resolveAccount } from './actions/resolve-account.ts';
import { restoreStatus } from './actions/restore-status.ts';
import { returnWorkspace } from './actions/return-workspace.ts';
import { revokeSessions } from './actions/revoke-sessions.ts';
import { suspend } from './actions/suspend.ts';
import { transferWorkspace } from './actions/transfer-workspace.ts';
import { verifyAudit } from './actions/verify-audit.ts';
import type { FastioAction } from './attempt.ts';

/** How Fastio is left, in order; the last two take back what was done. */
export const ACTIONS: readonly FastioAction[] = [
  resolveAccount,
  suspend,
  listWorkspaces,
  revokeSessions,
  deleteTokens,
  deleteWebhooks,
  transferWorkspace,
  removeMember,
  verifyAudit,
  notifySuccessor,
  restoreStatus,
  returnWorkspace,
];
