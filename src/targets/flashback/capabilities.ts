import type { Capabilities } from '../target.ts';

/**
 * What Flashback lets an administrator do about somebody else, which is less than a lock-out needs.
 *
 * @see https://docs.flashback.tech/support-reference/platform-api-reference
 */
export const CAPABILITIES: Capabilities = {
  suspend: {
    support: 'not-offered',
    residual: 'Flashback has no call that locks an account out and lets it in again: the person keeps the access they have.',
    lasts: 'until they are taken out of their workspaces, which only the playbook offboard does',
    advice: 'Where that is too long, end it at the identity provider by which they sign in.',
  },
  sessions: {
    support: 'self-only',
    residual: 'Nobody but the account itself can end its sessions: an access token that was issued before the removal stays good.',
    lasts: 'up to 1 hour after the removal; how long refresh tokens last is not documented',
    advice:
      "End the person's session at the identity provider. New sign-ins end with the deletion of the account (remove-from-organization).",
  },
  tokens: {
    support: 'not-offered',
    residual: 'Keys of repositories, AI keys and keys of providers belong to no person: those that the person could have seen stay good.',
    lasts: 'until somebody replaces them',
    advice: 'Replace them; others may need them, so Leaver deletes none. The step list-workspaces names the repositories and their keys.',
  },
  webhooks: {
    support: 'not-offered',
    residual: 'Webhooks of templates belong to no person and cannot all be listed; whoever knows the address of one can call it.',
    lasts: 'until somebody replaces them',
    advice: 'Replace those that the person could have seen.',
  },
  ownership: {
    support: 'not-offered',
    residual: 'Workspaces have no owner, only members with roles, so there is nothing to hand over and nothing stays reachable by it.',
    advice: 'Nothing is to be done: where the person is the last one who is ADMIN, the successor is made one (ensure-admin).',
  },
  membership: { support: 'yes' },
  audit: {
    support: 'not-offered',
    residual: "Whether Flashback's own log shows a removal is not documented, so the evidence rests on reading the members back.",
    advice: 'Where your auditors want its own record, look for the removal in its system events by hand.',
  },
};
