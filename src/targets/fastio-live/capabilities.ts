import type { Capabilities } from '../target.ts';
import { KEY_RESIDUAL, LOCK_OUT_RESIDUAL, REENTRY_RESIDUAL, SESSION_RESIDUAL, WEBHOOK_RESIDUAL } from './residual.ts';

/**
 * What the live Fast.io lets an administrator do about somebody else, which is less than a lock-out needs.
 *
 * @see https://docs.fast.io/
 */
export const CAPABILITIES: Capabilities = {
  suspend: { support: 'not-offered', residual: LOCK_OUT_RESIDUAL },
  sessions: { support: 'self-only', residual: SESSION_RESIDUAL },
  tokens: { support: 'self-only', residual: KEY_RESIDUAL },
  webhooks: { support: 'not-offered', residual: WEBHOOK_RESIDUAL },
  ownership: {
    support: 'yes',
    residual:
      'Only the owner of an organization can hand it over, and Fast.io may ask for the owner of a workspace or a share too: then a person is told what to do.',
  },
  membership: { support: 'yes', residual: REENTRY_RESIDUAL },
  audit: { support: 'yes', residual: 'How soon an event shows is not documented, so the evidence rests on reading the members back.' },
};
