import type { Capabilities } from '../target.ts';
import { KEY_RESIDUAL, LOCK_OUT_RESIDUAL, REENTRY_RESIDUAL, SESSION_RESIDUAL, WEBHOOK_RESIDUAL } from './residual.ts';

/**
 * What the live Fast.io lets an administrator do about somebody else, which is less than a lock-out needs.
 *
 * @see https://docs.fast.io/
 */
export const CAPABILITIES: Capabilities = {
  suspend: {
    support: 'not-offered',
    residual: LOCK_OUT_RESIDUAL,
    lasts:
      'until it is handed over, which only the playbook offboard does; other memberships end within a minute where Fast.io accepts an end',
    advice: 'Where that is too long, end their sign-in at the identity provider.',
  },
  sessions: {
    support: 'self-only',
    residual: SESSION_RESIDUAL,
    lasts:
      'up to 1 hour for an access token and up to 30 days for a refresh token; a session in a browser for as long as the account likes',
    advice: 'Have the person sign out everywhere where it matters; after the removal nothing of the organization is reached by it.',
  },
  tokens: {
    support: 'self-only',
    residual: KEY_RESIDUAL,
    lasts: 'until the account deletes them, where they were made without an end',
    advice: 'Where it matters, have the person delete them.',
  },
  webhooks: {
    support: 'not-offered',
    residual: WEBHOOK_RESIDUAL,
    lasts: 'until somebody deletes them',
    advice: 'Where the organization made some while there was a call for them, look through them by hand.',
  },
  ownership: {
    support: 'yes',
    residual:
      'Only the owner of an organization can hand it over, and Fast.io may ask for the owner of a workspace or share too: then a person is told what to do.',
  },
  membership: { support: 'yes', residual: REENTRY_RESIDUAL },
  audit: {
    support: 'yes',
    residual: 'How soon an event shows is not documented, so the evidence rests on reading the members back.',
  },
};
