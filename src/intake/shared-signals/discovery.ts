import { z } from 'zod';
import { LeaverError } from '../../kernel/errors.ts';
import { type Fetched, fetchJson, type JsonCall } from '../../outbound/outbound.ts';

const metadataSchema = z.object({
  issuer: z.string(),
  jwks_uri: z.string().optional(),
  delivery_methods_supported: z.array(z.string()).optional(),
  configuration_endpoint: z.url({ protocol: /^https?$/ }),
  verification_endpoint: z.url({ protocol: /^https?$/ }).optional(),
  default_subjects: z.string().optional(),
  critical_subject_members: z.array(z.string().max(200)).optional(),
});

/** What a transmitter says about itself (SSF 1.0, section 7.1), as far as it is used. */
export type Metadata = z.output<typeof metadataSchema>;

const LIMITS = { timeoutMs: 10_000, largest: 1_048_576 } as const;

/**
 * Reads the discovery document of the issuer: under its present name, or under the one of the RISC drafts, which Google still uses.
 *
 * @throws LeaverError `unavailable` when the transmitter cannot be reached, `conflict` when it has no such document or one of another issuer
 */
export async function discover(issuer: string): Promise<Metadata> {
  const tried: string[] = [];
  for (const name of ['ssf-configuration', 'risc-configuration']) {
    const url = wellKnown(issuer, name);
    const fetched = await fetchJson(url, LIMITS);
    const metadata = fetched.kind === 'answer' && fetched.status === 200 ? metadataSchema.safeParse(fetched.body).data : undefined;
    if (metadata) {
      return checkMetadata(metadata, issuer, url);
    }
    if (fetched.kind === 'failed') {
      throw unreachable(url, fetched.reason);
    }
    tried.push(`${url} (${fetched.status})`);
  }
  throw new LeaverError(
    'conflict',
    `The issuer has no discovery document that could be read; asked were ${tried.join(' and ')}. Check the issuer of the connection.`,
  );
}

/** The well-known part comes before the issuer's path (RFC 8615). */
export function wellKnown(issuer: string, name: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/${name}${pathname.replace(/\/+$/, '')}`;
}

function checkMetadata(metadata: Metadata, issuer: string, url: string): Metadata {
  if (metadata.issuer !== issuer) {
    throw new LeaverError(
      'conflict',
      `${url} is the document of the issuer ${metadata.issuer}, and the connection names ${issuer}. They must agree letter for letter.`,
    );
  }
  // The token of the connection goes there.
  for (const endpoint of [metadata.configuration_endpoint, metadata.verification_endpoint ?? metadata.configuration_endpoint]) {
    if (new URL(endpoint).protocol !== 'https:' && new URL(endpoint).origin !== new URL(issuer).origin) {
      throw new LeaverError('conflict', `The transmitter names ${endpoint}, which is not encrypted. No token is sent there.`);
    }
  }
  return metadata;
}

/** Asks the transmitter with the token of the connection. */
export async function manage(
  url: string,
  token: string,
  call: Pick<JsonCall, 'method' | 'body'> = {},
): Promise<Fetched & { kind: 'answer' }> {
  const fetched = await fetchJson(url, { ...LIMITS, ...call, headers: { authorization: `Bearer ${token}` } });
  if (fetched.kind === 'failed') {
    throw unreachable(url, fetched.reason);
  }
  if (fetched.status === 401 || fetched.status === 403) {
    throw new LeaverError(
      'conflict',
      `The transmitter does not accept the token in management.token (${fetched.status} from ${url}). It needs the right to manage streams.`,
    );
  }
  return fetched;
}

function unreachable(url: string, reason: string): LeaverError {
  return new LeaverError('unavailable', `The transmitter cannot be reached at ${url} (${reason}). Nothing was changed there by this call.`);
}
