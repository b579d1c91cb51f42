import { z } from 'zod';
import { LeaverError } from '../../kernel/errors.ts';
import type { Meaning } from '../signal.ts';
import { discover, type Metadata, manage } from './discovery.ts';
import { MEANT_TYPES, shortName } from './events.ts';

/** How tokens are to come: to an address of ours, or fetched by us. */
export type Delivery =
  | { readonly method: 'push'; readonly url: string; readonly authorization: string | null }
  | { readonly method: 'poll'; readonly url: string | null };

export interface StreamWish {
  readonly connection: string;
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  readonly delivery: Delivery;
  /** Of the stream management. */
  readonly token: string;
  readonly meanings: Readonly<Record<string, Meaning>>;
  /** What the verification event is to bring back. */
  readonly state: string;
}

/** A stream as it is now. */
export interface ConnectedStream {
  readonly did: 'created' | 'updated';
  /** Null where the transmitter gives none. */
  readonly streamId: string | null;
  /** Where the transmitter keeps tokens to be polled. */
  readonly pollUrl: string | null;
  /** Short names of the events it will send, as far as it says. */
  readonly delivered: readonly string[];
  readonly verification: 'asked' | 'not offered' | 'refused';
  /** What has to be mended in the configuration or at the transmitter, for people. */
  readonly warnings: readonly string[];
}

const streamSchema = z.object({
  // The drafts, with one stream for each receiver, had none.
  stream_id: z.string().min(1).optional(),
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  delivery: z.object({ method: z.string().optional(), endpoint_url: z.string().nullish() }).optional(),
  events_delivered: z.array(z.string()).optional(),
  description: z.string().nullish(),
});
type Stream = z.output<typeof streamSchema>;

const METHODS = {
  push: ['urn:ietf:rfc:8935', 'https://schemas.openid.net/secevent/risc/delivery-method/push'],
  poll: ['urn:ietf:rfc:8936', 'https://schemas.openid.net/secevent/risc/delivery-method/poll'],
} as const;

/**
 * Makes the stream of a connection at its transmitter, or brings the one it has up to date, and asks for its verification. Doing it twice changes nothing.
 *
 * @throws LeaverError `unavailable` when the transmitter cannot be reached, `conflict` when it does not do what is asked; the message says what to do
 */
export async function connectStream(wish: StreamWish): Promise<ConnectedStream> {
  const metadata = await discover(wish.issuer);
  const body = streamBody(wish, metadata);
  const known = await findStream(wish, metadata);
  const stream = known ? await updateStream(wish, metadata, known, body) : await createStream(wish, metadata, body);
  const verification = await askVerification(wish, metadata, stream);
  return {
    did: known ? 'updated' : 'created',
    streamId: stream.stream_id ?? null,
    pollUrl: wish.delivery.method === 'poll' ? (stream.delivery?.endpoint_url ?? null) : null,
    delivered: (stream.events_delivered ?? []).map(shortName),
    verification,
    warnings: warningsOf(wish, metadata, stream),
  };
}

interface StreamBody {
  readonly delivery: Readonly<Record<string, string>>;
  readonly events_requested: readonly string[];
  readonly description: string;
}

function streamBody({ connection, delivery, meanings }: StreamWish, metadata: Metadata): StreamBody {
  const method = methodOf(delivery, metadata);
  return {
    delivery:
      delivery.method === 'poll'
        ? { method }
        : {
            method,
            endpoint_url: delivery.url,
            ...(delivery.authorization !== null && { authorization_header: delivery.authorization }),
          },
    events_requested: wantedTypes(meanings),
    description: `Leaver, connection ${connection}`,
  };
}

/** The transmitter's own spelling of the way; the present one where it does not say. */
function methodOf({ method }: Delivery, { delivery_methods_supported: supported }: Metadata): string {
  const [present] = METHODS[method];
  const spelled = supported ? METHODS[method].find((one) => supported.includes(one)) : present;
  if (spelled === undefined) {
    const other =
      method === 'push' ? 'Give the connection a poll block, or write --poll.' : 'Let it push: remove the poll block of the connection.';
    throw new LeaverError(
      'conflict',
      `The transmitter does not offer ${method} delivery, only ${supported?.join(', ') || 'nothing'}. ${other}`,
    );
  }
  return spelled;
}

/** Every event that means something here, by our table or by the operator's. */
function wantedTypes(meanings: Readonly<Record<string, Meaning>>): string[] {
  const told = Object.entries(meanings);
  const added = told.flatMap(([name, meaning]) => (meaning !== 'ignore' && /^(?:https?|urn):/.test(name) ? [name] : []));
  const without = new Set(told.flatMap(([name, meaning]) => (meaning === 'ignore' ? [name] : [])));
  return [...new Set([...MEANT_TYPES, ...added])].filter((type) => !without.has(type) && !without.has(shortName(type)));
}

/** Ours among the streams there are: the one that comes to our address, or that we made. */
async function findStream({ token, delivery, connection }: StreamWish, metadata: Metadata): Promise<Stream | null> {
  const { status, body } = await manage(metadata.configuration_endpoint, token);
  if (status === 404) {
    return null;
  }
  const listed = z.array(streamSchema).safeParse(Array.isArray(body) ? body : [body]);
  if (status !== 200 || !listed.success) {
    throw notDone('list its streams', status);
  }
  const isOurs = (stream: Stream): boolean =>
    (delivery.method === 'push' && stream.delivery?.endpoint_url === delivery.url) ||
    stream.description === `Leaver, connection ${connection}`;
  return listed.data.find(isOurs) ?? null;
}

async function createStream({ token }: StreamWish, metadata: Metadata, body: StreamBody): Promise<Stream> {
  const { status, body: made } = await manage(metadata.configuration_endpoint, token, { method: 'POST', body });
  if (status === 409) {
    throw new LeaverError(
      'conflict',
      'The transmitter allows one stream only, and has one that is not ours. Remove that stream there, then connect again.',
    );
  }
  const parsed = streamSchema.safeParse(made);
  if ((status !== 201 && status !== 200) || !parsed.success) {
    throw notDone('make a stream', status);
  }
  return parsed.data;
}

async function updateStream({ token }: StreamWish, metadata: Metadata, known: Stream, body: StreamBody): Promise<Stream> {
  const answer = await manage(metadata.configuration_endpoint, token, { method: 'PATCH', body: { ...idOf(known), ...body } });
  const parsed = streamSchema.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success) {
    throw notDone('bring its stream up to date', answer.status);
  }
  return parsed.data;
}

async function askVerification({ token, state }: StreamWish, metadata: Metadata, stream: Stream): Promise<ConnectedStream['verification']> {
  if (metadata.verification_endpoint === undefined) {
    return 'not offered';
  }
  const { status } = await manage(metadata.verification_endpoint, token, { method: 'POST', body: { ...idOf(stream), state } });
  return status === 204 || status === 200 ? 'asked' : 'refused';
}

function idOf({ stream_id: id }: Stream): { readonly stream_id?: string } {
  return id === undefined ? {} : { stream_id: id };
}

function warningsOf(wish: StreamWish, metadata: Metadata, stream: Stream): string[] {
  const { issuer, audience, jwksUri, delivery } = wish;
  const audiences = [stream.aud ?? []].flat();
  const pollUrl = stream.delivery?.endpoint_url;
  const missing = stream.events_delivered && wantedTypes(wish.meanings).filter((type) => !stream.events_delivered?.includes(type));
  return [
    ...(audiences.length > 0 && !audiences.includes(audience)
      ? [
          `Its tokens are made for ${audiences.join(' and ')}: write one of these as the audience of the connection, or every token is refused.`,
        ]
      : []),
    ...(stream.iss !== undefined && stream.iss !== issuer
      ? [`Its tokens are issued by ${stream.iss}: write that as the issuer of the connection, or every token is refused.`]
      : []),
    ...(metadata.jwks_uri !== undefined && metadata.jwks_uri !== jwksUri
      ? [`Its keys are at ${metadata.jwks_uri}, and the connection names ${jwksUri}. Check jwksUri.`]
      : []),
    ...(delivery.method === 'poll' && pollUrl && pollUrl !== delivery.url
      ? [`It is polled at ${pollUrl}: write that as poll.url of the connection, and restart Leaver.`]
      : []),
    ...(metadata.default_subjects === 'NONE' ? ['It tells of nobody until it is told of whom: add the people there.'] : []),
    ...(missing?.length ? [`It does not send ${missing.map(shortName).join(', ')}.`] : []),
    ...(isOkta(metadata) && stream.events_delivered?.some((type) => shortName(type) === 'session-revoked')
      ? [
          'Okta sends session-revoked whenever somebody signs out, which would lock them out: write policy.signals { session-revoked: ignore }.',
        ]
      : []),
  ];
}

/** @see https://developer.okta.com/docs/reference/ssf-transmitter-sets/ */
function isOkta({ configuration_endpoint: endpoint }: Metadata): boolean {
  return new URL(endpoint).pathname === '/api/v1/ssf/stream';
}

function notDone(what: string, status: number): LeaverError {
  return new LeaverError('conflict', `The transmitter did not ${what}: it answered ${status}. See what it says in its own log.`);
}
