import { z } from 'zod';

const text = z.string().nullish().catch(null);

/** Only what is used; Okta adds fields with its releases, and an organization adds attributes to the profile. */
export const user = z.object({
  id: z.string().min(1),
  status: z.string(),
  transitioningToStatus: z.string().nullish(),
  profile: z
    .object({ login: text, email: text, displayName: text, firstName: text, lastName: text, manager: text, managerId: text })
    .catch({ login: null, email: null, displayName: null, firstName: null, lastName: null, manager: null, managerId: null }),
});
export type OktaUser = z.output<typeof user>;

export const users = z.array(z.object({ id: z.string().min(1) }));
