import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import { LeaverError } from '../kernel/errors.ts';
import type { KeyHint } from './key-set.ts';
import type { TokenRefusal, TokenRules } from './signed-token.ts';
import { refuse, shown } from './token-claims.ts';

/** What proves who signed: RSA, RSA-PSS and ECDSA with SHA-256, 384 and 512, and EdDSA. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

/** What a token may look like at all, before any key is asked for. */
export interface AcceptedForm {
  readonly algorithms: ReadonlySet<string>;
  /** Null: any type. */
  readonly types: readonly string[] | null;
}

/** @throws LeaverError `internal` when the rules allow an algorithm that does not prove who signed */
export function acceptedForm({ algorithms = ALGORITHMS, typ = null }: TokenRules): AcceptedForm {
  const worthless = algorithms.filter((algorithm) => !/^(?:[RPE]S(?:256|384|512)|EdDSA|Ed25519)$/.test(algorithm));
  if (worthless.length > 0) {
    throw new LeaverError('internal', `Tokens must not be accepted with ${worthless.join(', ')}: it does not prove who signed them.`);
  }
  const types = typ === null ? null : [typ].flat().map((one) => normalizeType(one));
  return { algorithms: new Set(algorithms), types };
}

/** RFC 7515, section 4.1.9: `application/` may be left out, and letters count alike in either case. */
function normalizeType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

/** Three parts in base64url; the last one, which no signature protects, must be in the only spelling there is for its bytes. */
const COMPACT = /^[\w-]+\.[\w-]+\.([\w-]*)$/;

/** The hint to the key of a token that has the accepted form. Keys in the header itself are not looked at. */
export function readHeader(token: string, { algorithms, types }: AcceptedForm): KeyHint | TokenRefusal {
  const signature = COMPACT.exec(token)?.[1];
  const header = signature !== undefined && isCanonical(signature) ? parseHeader(token) : null;
  if (!header || typeof header.alg !== 'string' || (header.kid !== undefined && typeof header.kid !== 'string')) {
    return refuse('malformed', 'This is not a signed JWT in its compact form.');
  }
  if (!algorithms.has(header.alg)) {
    return refuse('algorithm', `The token is signed with the algorithm ${shown(header.alg)}, which is not accepted here.`);
  }
  if (types !== null && !isOfType(header.typ ?? '', types)) {
    return refuse('type', `The token is of the type ${shown(header.typ)}, and not ${types.filter((typ) => typ !== '').join(' or ')}.`);
  }
  if (header.crit !== undefined) {
    return refuse('malformed', 'The token has extensions that must be understood (crit), and Leaver knows none.');
  }
  return { alg: header.alg, ...(header.kid !== undefined && { kid: header.kid }) };
}

function isOfType(typ: unknown, types: readonly string[]): boolean {
  return typeof typ === 'string' && types.includes(normalizeType(typ));
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

function parseHeader(token: string): ProtectedHeaderParameters | null {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return null;
  }
}
