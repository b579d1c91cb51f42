import type { Succession, Superior } from '../../../src/targets/target.ts';

/** A manager as an identity provider would name them. */
export function manager(email: string, more: Partial<Superior> = {}): Superior {
  return {
    source: 'manager',
    ref: `${email.split('@')[0]} of okta-main`,
    emails: [email],
    connection: 'okta-main',
    isActive: true,
    ...more,
  };
}

export function managersManager(email: string, more: Partial<Superior> = {}): Superior {
  return { ...manager(email, more), source: "manager's manager" };
}

/** A directory that names these superiors; whoever is among `leaving` is leaving too. */
export function directoryWith(
  superiors: readonly Superior[],
  { leaving = [], notes = [] }: { leaving?: string[]; notes?: string[] } = {},
): {
  readonly succession: Succession;
} {
  return {
    succession: {
      superiors: async () => ({ kind: 'superiors', superiors, notes }),
      isLeaving: async (emails) => emails.some((email) => leaving.includes(email)),
    },
  };
}

/** A directory that does not answer. */
export const SILENT_DIRECTORY: { readonly succession: Succession } = {
  succession: {
    superiors: async () => ({
      kind: 'unreadable',
      detail: 'okta-main could not say who the manager is: GET /api/v1/users answered 503.',
      retryAfterMs: 7_000,
    }),
    isLeaving: async () => false,
  },
};
