import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { JWTPayload } from 'jose';
import { Agent, request } from 'undici';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Arrival } from './fastio/calls.ts';
import { listen } from './fastio/listen.ts';
import { type SecurityEvent, type SetForm, type SetSubject, SSF, setClaims, subjectId } from './security-event.ts';
import { createSigningKeys } from './signing-keys.ts';
import { createStreams, type Reply, type Streams } from './transmitter-streams.ts';

export interface TransmitterOptions {
  /** Whom its tokens are made for. */
  readonly audience: string;
  /** A path below which it is the issuer; none by default. */
  readonly path?: string;
  /** What stream management and polling ask for as a bearer token. */
  readonly token?: string;
  /** Where the discovery document lies. */
  readonly discovery?: 'ssf-configuration' | 'risc-configuration';
  /** How it names the ways of delivery. */
  readonly spelling?: 'rfc' | 'legacy';
  /** Members of complex subjects that it calls critical; none by default. */
  readonly critical?: readonly string[];
  readonly port?: number;
}

export interface Answer {
  readonly status: number | 'unreachable';
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Where a request of global token revocation goes, and for whom its token is made. */
export interface LogoutOptions {
  readonly url: string;
  readonly audience?: string;
  /** Changes of the token's claims. */
  readonly claims?: JsonObject;
}

/**
 * A Shared Signals transmitter with keys of its own: it serves its key set, its discovery document and its streams, pushes signed tokens or lets
 * them be polled, and logs people out as Okta's Universal Logout does.
 */
export interface Transmitter {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly streams: Streams;
  /** How often the key set was asked for. */
  readonly keyFetches: () => number;
  claims(form: SetForm, event: SecurityEvent): JsonObject;
  /** Signs as a security event token; the header can be changed at will. */
  sign(claims: JsonObject, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Pushes a token as RFC 8935 has it. */
  push(url: string, token: string, authorization?: string): Promise<Answer>;
  /** Logs somebody out everywhere (draft-parecki-oauth-global-token-revocation). */
  logOut(subject: SetSubject, options: LogoutOptions): Promise<Answer>;
  rotate(): Promise<void>;
  retire(): void;
  /** From now on stream management and polling ask for one of these tokens. */
  acceptTokens(...tokens: readonly string[]): void;
  /** Whether the key set can be fetched. */
  serveKeys(isServed: boolean): void;
  close(): Promise<void>;
}

export async function startTransmitter(options: TransmitterOptions): Promise<Transmitter> {
  const { audience, path = '', token = 'the-token-of-the-transmitter', discovery = 'ssf-configuration' } = options;
  const keys = await createSigningKeys();
  const agent = new Agent();
  let keyFetches = 0;
  let keysAreServed = true;
  let accepted: readonly string[] = [token];

  const handle = async (arrival: Arrival, response: ServerResponse): Promise<void> => {
    const { pathname } = arrival.url;
    if (pathname === `${path}/jwks.json`) {
      keyFetches += 1;
      return keysAreServed ? answer(response, { status: 200, body: { ...keys.published() } as JsonObject }) : void response.destroy();
    }
    // The well-known part comes before the issuer's path (RFC 8615, and section 7.2.1 of SSF 1.0).
    if (pathname === `/.well-known/${discovery}${path}`) {
      return answer(response, { status: 200, body: streams.configuration() });
    }
    const mayAsk = accepted.some((one) => arrival.headers.authorization === `Bearer ${one}`);
    answer(response, mayAsk ? await streams.handle(arrival) : { status: 401 });
  };
  const listener = await listen({ port: options.port ?? 0, handle, failed: () => undefined });
  const issuer = listener.origin + path;
  const claims: Transmitter['claims'] = (form, event) => setClaims(form, issuer, audience, event);
  const sign: Transmitter['sign'] = async (all, header = {}) => await keys.sign(all as JWTPayload, { typ: 'secevent+jwt', ...header });
  const push: Transmitter['push'] = async (url, set, authorization) =>
    await post(agent, url, { 'content-type': 'application/secevent+jwt', ...(authorization !== undefined && { authorization }) }, set);
  const streams = createStreams({
    issuer,
    audience,
    path,
    spelling: options.spelling ?? 'rfc',
    critical: options.critical ?? [],
    verify: async (streamId, state, deliver) => {
      const events = { [`${SSF}verification`]: state === null ? {} : { state } };
      const base = { iss: issuer, aud: audience, jti: randomUUID(), iat: Math.floor(Date.now() / 1_000) };
      await deliver(await sign({ ...base, sub_id: { format: 'opaque', id: streamId }, events }));
    },
    push: async (url, set, authorization) => void (await push(url, set, authorization)),
  });

  return {
    issuer,
    jwksUri: `${issuer}/jwks.json`,
    streams,
    keyFetches: () => keyFetches,
    claims,
    sign,
    push,
    logOut: async (subject, { url, audience: aud = url, claims: changes = {} }) => {
      const now = Math.floor(Date.now() / 1_000);
      const all = { jti: randomUUID(), iss: issuer, sub: 'client-1', aud, iat: now, nbf: now - 300, exp: now + 300, ...changes };
      const bearer = await keys.sign(all as JWTPayload, { typ: 'global-token-revocation+jwt' });
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}` };
      return await post(agent, url, headers, JSON.stringify({ sub_id: subjectId(issuer, subject) }));
    },
    rotate: async () => await keys.rotate(),
    retire: () => keys.retire(),
    acceptTokens: (...tokens) => {
      accepted = tokens;
    },
    serveKeys: (isServed) => {
      keysAreServed = isServed;
    },
    close: async () => {
      streams.close();
      await agent.destroy();
      await listener.close();
    },
  };
}

function answer(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
  response.end(body === undefined ? '' : JSON.stringify(body satisfies Json));
}

async function post(agent: Agent, url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { accept: 'application/json', ...headers },
      body,
      dispatcher: agent,
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
  } catch {
    return { status: 'unreachable', headers: {}, text: '' };
  }
}
