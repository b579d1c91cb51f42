import { z } from 'zod';
import { isEmail, type Subject } from '../../directory/directory.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Meaning } from '../signal.ts';

const KIND = 'universal-logout';

/** What the requests of this channel mean: there is one kind. */
export const REVOCATION_MEANINGS = { [KIND]: 'contain' } as const satisfies Record<string, Meaning>;

/** The kind of a request, and its meaning unless the operator gave it another. */
export function meaningOf(overrides: Readonly<Record<string, Meaning>>): { readonly kind: string; readonly meaning: Meaning } {
  return { kind: KIND, meaning: (Object.hasOwn(overrides, KIND) ? overrides[KIND] : undefined) ?? REVOCATION_MEANINGS[KIND] };
}

const bodySchema = z.object({
  sub_id: z.discriminatedUnion('format', [
    z.object({ format: z.literal('email'), email: z.string().refine(isEmail).refine(isStorable) }),
    z.object({ format: z.literal('iss_sub'), iss: z.string(), sub: z.string().min(1).max(200).refine(isStorable) }),
  ]),
});

/**
 * Whom a request of global token revocation names; null when another issuer gave out the id, so that nobody here can be meant for certain.
 *
 * @see https://datatracker.ietf.org/doc/draft-parecki-oauth-global-token-revocation/
 * @throws LeaverError `invalid-request`
 */
export function parseRevocation(body: unknown, issuer: string): Subject | null {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    throw new LeaverError(
      'invalid-request',
      'The body names nobody: sub_id must have the format email (with an e-mail address) or iss_sub (with iss and sub). Nothing was stored.',
    );
  }
  const { sub_id: named } = parsed.data;
  if (named.format === 'email') {
    return { id: null, email: named.email, name: null };
  }
  return named.iss === issuer ? { id: named.sub, email: isEmail(named.sub) ? named.sub : null, name: null } : null;
}
