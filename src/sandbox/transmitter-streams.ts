import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Arrival } from './fastio/calls.ts';

export interface Reply {
  readonly status: number;
  readonly body?: JsonObject | readonly Json[];
}

/** What a poll asked for, as it came. */
export interface PollRequest {
  readonly maxEvents?: number;
  readonly returnImmediately?: boolean;
  readonly ack?: readonly string[];
  readonly setErrs?: Readonly<Record<string, { readonly err: string; readonly description: string }>>;
}

/** The streams of a transmitter (SSF 1.0, section 8), and its tokens that wait to be polled (RFC 8936). */
export interface Streams {
  /** Where tokens can be polled. */
  readonly pollUrl: string;
  configuration(): JsonObject;
  handle(arrival: Arrival): Promise<Reply>;
  /** Every stream there is, as the transmitter keeps it. */
  all(): readonly JsonObject[];
  /** Puts a token where it waits to be polled. */
  enqueue(token: string): void;
  /** Puts something where tokens wait that is none. */
  enqueueOddity(jti: string, oddity: Json): void;
  /** What still waits, by `jti`. */
  waiting(): readonly string[];
  /** Every poll so far. */
  readonly polls: readonly PollRequest[];
  /** Polls are answered with this status, until null. */
  failPolls(status: number | null): void;
  /** Polls are not answered at all, until false. */
  hangPolls(hangs: boolean): void;
  close(): void;
}

export interface StreamsNeeds {
  readonly issuer: string;
  readonly audience: string;
  readonly path: string;
  readonly spelling: 'rfc' | 'legacy';
  readonly critical: readonly string[];
  /** Signs a verification event and delivers it. */
  readonly verify: (streamId: string, state: string | null, deliver: (token: string) => Promise<void>) => Promise<void>;
  readonly push: (url: string, token: string, authorization: string | undefined) => Promise<void>;
}

const LONG_POLL_MS = 20_000;
const METHODS = {
  rfc: { push: 'urn:ietf:rfc:8935', poll: 'urn:ietf:rfc:8936' },
  legacy: {
    push: 'https://schemas.openid.net/secevent/risc/delivery-method/push',
    poll: 'https://schemas.openid.net/secevent/risc/delivery-method/poll',
  },
} as const;

export function createStreams({ issuer, audience, path, spelling, critical, verify, push }: StreamsNeeds): Streams {
  const streams = new Map<string, JsonObject>();
  const queue = new Map<string, Json>();
  const polls: PollRequest[] = [];
  const methods = METHODS[spelling];
  let failure: number | null = null;
  let hanging: PromiseWithResolvers<void> | null = null;
  let wake = Promise.withResolvers<void>();
  const pollUrl = `${issuer}/poll`;

  const put = (jti: string, item: Json): void => {
    queue.set(jti, item);
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };

  const enqueue = (token: string): void => put(jtiOf(token), token);

  const poll = async (asked: PollRequest): Promise<Reply> => {
    polls.push(asked);
    await hanging?.promise;
    if (failure !== null) {
      return { status: failure };
    }
    for (const jti of [...(asked.ack ?? []), ...Object.keys(asked.setErrs ?? {})]) {
      queue.delete(jti);
    }
    if (queue.size === 0 && asked.maxEvents !== 0 && asked.returnImmediately !== true) {
      const limit = setTimeout(() => wake.resolve(), LONG_POLL_MS);
      await wake.promise.finally(() => clearTimeout(limit));
    }
    const given = [...queue].slice(0, asked.maxEvents ?? 100);
    return { status: 200, body: { sets: Object.fromEntries(given), moreAvailable: given.length < queue.size } };
  };

  /** The stream as the receiver wants it, with what only the transmitter knows. */
  const complete = (id: string, wanted: JsonObject): JsonObject => {
    const delivery = (wanted['delivery'] ?? {}) as JsonObject;
    const isPoll = delivery['method'] === methods.poll;
    const requested = (wanted['events_requested'] ?? []) as readonly string[];
    return {
      ...wanted,
      stream_id: id,
      iss: issuer,
      aud: audience,
      delivery: { ...delivery, ...(isPoll && { endpoint_url: pollUrl }) },
      events_supported: requested,
      events_delivered: requested,
    };
  };

  const manage = (method: string, url: URL, body: JsonObject): Reply => {
    const id = String(body['stream_id'] ?? url.searchParams.get('stream_id') ?? '');
    const known = streams.get(id);
    switch (method) {
      case 'GET':
        return { status: 200, body: [...streams.values()] };
      case 'POST': {
        const made = complete(randomUUID(), body);
        streams.set(String(made['stream_id']), made);
        return { status: 201, body: made };
      }
      case 'PATCH':
      case 'PUT': {
        if (!known) return { status: 404 };
        const changed = complete(id, method === 'PUT' ? body : { ...known, ...body });
        streams.set(id, changed);
        return { status: 200, body: changed };
      }
      case 'DELETE':
        return { status: streams.delete(id) ? 204 : 404 };
      default:
        return { status: 405 };
    }
  };

  const verifyStream = async (body: JsonObject): Promise<Reply> => {
    const stream = streams.get(String(body['stream_id']));
    if (!stream) return { status: 404 };
    const { method, endpoint_url: url, authorization_header: authorization } = stream['delivery'] as Readonly<Record<string, string>>;
    await verify(String(stream['stream_id']), typeof body['state'] === 'string' ? body['state'] : null, async (token) => {
      if (method === methods.poll) {
        enqueue(token);
      } else {
        await push(url ?? '', token, authorization);
      }
    });
    return { status: 204 };
  };

  return {
    pollUrl,
    polls,
    enqueue,
    enqueueOddity: put,
    all: () => [...streams.values()],
    waiting: () => [...queue.keys()],
    failPolls: (status) => {
      failure = status;
    },
    hangPolls: (hangs) => {
      hanging?.resolve();
      hanging = hangs ? Promise.withResolvers() : null;
    },
    configuration: () => ({
      ...(spelling === 'rfc' && { spec_version: '1_0' }),
      issuer,
      jwks_uri: `${issuer}/jwks.json`,
      delivery_methods_supported: Object.values(methods),
      configuration_endpoint: `${issuer}/stream`,
      verification_endpoint: `${issuer}/verification`,
      default_subjects: 'ALL',
      ...(critical.length > 0 && { critical_subject_members: critical }),
    }),
    handle: async ({ method, url, text }) => {
      const body = text === '' ? {} : (JSON.parse(text) as JsonObject);
      switch (url.pathname) {
        case `${path}/stream`:
          return manage(method, url, body);
        case `${path}/verification`:
          return await verifyStream(body);
        case `${path}/poll`:
          return await poll(body as PollRequest);
        default:
          return { status: 404 };
      }
    },
    close: () => {
      hanging?.resolve();
      wake.resolve();
    },
  };
}

/** RFC 8936 tells tokens apart by the id within. */
function jtiOf(token: string): string {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return String((JSON.parse(claims) as JsonObject)['jti']);
}
