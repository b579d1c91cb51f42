import { compactVerify, importJWK } from 'jose';
import { messageOf } from '../kernel/errors.ts';
import type { KeySet } from './bundle.ts';
import type { SignatureType } from './signature-type.ts';

export type Checked = { readonly ok: true; readonly kid: string; readonly text: string } | { readonly ok: false; readonly problem: string };

/**
 * Checks a compact JWS of ours: EdDSA, made for the purpose that `typ` names, with one of these keys. It never throws.
 *
 * @param what the signature in words, for whoever reads the problem
 */
export async function checkSignature(what: string, jws: string, typ: SignatureType, { keys }: KeySet): Promise<Checked> {
  // A signature has one text form; another one that decodes to the same bytes is a change all the same.
  const parts = jws.split('.');
  if (parts.length !== 3 || parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) {
    return { ok: false, problem: `${what} is not written as a compact JWS` };
  }
  let foreign: string | null = null;
  let kid = '';
  try {
    const { payload } = await compactVerify(
      jws,
      async (header) => {
        const jwk = keys.find((key) => key.kid === header.kid);
        if (!jwk || header['typ'] !== typ) {
          foreign = jwk
            ? `${what} was made for another purpose (${String(header['typ'])})`
            : `${what} was made with the key ${String(header.kid)}, which is not among the trusted ones`;
          throw new Error(foreign);
        }
        kid = jwk.kid;
        return await importJWK(jwk, 'EdDSA');
      },
      { algorithms: ['EdDSA'] },
    );
    return { ok: true, kid, text: new TextDecoder().decode(payload) };
  } catch (error) {
    return { ok: false, problem: foreign ?? `${what} does not hold: ${messageOf(error)}` };
  }
}
