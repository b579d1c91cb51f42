import { z } from 'zod';
import { LeaverError } from '../../kernel/errors.ts';
import { discover, type Metadata, manage } from './discovery.ts';
import { shortName } from './events.ts';
import { type Stream, type StreamBody, type StreamWish, streamBody, streamSchema } from './stream.ts';
import { warningsOf } from './stream-warnings.ts';

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

function notDone(what: string, status: number): LeaverError {
  return new LeaverError('conflict', `The transmitter did not ${what}: it answered ${status}. See what it says in its own log.`);
}
