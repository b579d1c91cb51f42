import { z } from 'zod';

const text = z.string().nullish().catch(null);

const person = { id: z.string().min(1), displayName: text, mail: text, userPrincipalName: text };

/** `accountEnabled` is not among the fields that Graph sends unasked. */
export const user = z.object({
  ...person,
  accountEnabled: z.boolean().nullish(),
  proxyAddresses: z.array(z.string()).nullish().catch(null),
  manager: z.object(person).nullish().catch(null),
});
export type GraphUser = z.output<typeof user>;

export const deletedUser = z.object(person);

export const manager = z.object({ ...person, accountEnabled: z.boolean().nullish() });

export const page = z.object({ value: z.array(user) });
