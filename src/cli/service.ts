import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { readEnvironment } from '../config/environment.ts';
import { messageOf } from '../kernel/errors.ts';
import { CommandError, EXIT } from './exit.ts';
import { openStream } from './open-stream.ts';
import { failureOf, notLeaver } from './problem.ts';

/** An answer of the service: its bytes as they came, and what they say. */
export interface Answer {
  readonly text: string;
  /** Throws when the answer does not have this form. */
  read<T>(schema: z.ZodType<T>): T;
}

/**
 * The operator API of a running service. Every failure is a `CommandError` with the exit code it stands for and the service's own words.
 */
export interface Service {
  readonly url: string;
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  /** The same, of an answer that is a file. */
  download(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Uint8Array>;
  post(path: string, body: unknown): Promise<Answer>;
  /** What a probe says, also when that is that something is wrong. */
  probe<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** Opens a stream of server-sent events after the given one. The bytes end, or throw `unreachable`, when the connection does. */
  stream(path: string, lastEventId: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export interface ServiceOptions {
  /** `LEAVER_URL` by default. */
  readonly url?: string | undefined;
  /** `LEAVER_TOKEN` by default. */
  readonly token?: string | undefined;
}

/** A little longer than the service itself takes for its slowest answer. */
const ANSWER_WITHIN_MS = 90_000;

export function connectTo({ url, token }: ServiceOptions): Service {
  const environment = readEnvironment();
  const base = baseOf(url ?? environment.url);
  const authorization = `Bearer ${checkToken(token ?? environment.token?.reveal())}`;

  const send = async <T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> => {
    const headers = { accept: 'application/json', ...(init.body && { 'content-type': 'application/json' }), authorization };
    try {
      return await read(await sendInTurn(base + path, { ...init, headers }));
    } catch (error) {
      throw error instanceof CommandError ? error : unreachable(base, error);
    }
  };
  const ask = async (path: string, init: RequestInit = {}): Promise<Answer> =>
    await send(path, init, async (response) => answerOf(base, response, await response.text()));
  return {
    url: base,
    download: async (path, query = {}) => await send(path + queryOf(query), {}, async (response) => await fileOf(base, response)),
    probe: async (path, schema) =>
      await send(path, {}, async (response) => {
        const text = await response.text();
        return schema.safeParse(parseJson(text)).data ?? answerOf(base, response, text).read(schema);
      }),
    get: async (path, query = {}) => await ask(path + queryOf(query)),
    post: async (path, body) => await ask(path, { method: 'POST', body: JSON.stringify(body) }),
    stream: async (path, lastEventId, signal) => {
      const headers = { authorization, accept: 'text/event-stream', ...(lastEventId !== '' && { 'last-event-id': lastEventId }) };
      try {
        return await eventsOf(base, await openStream(base + path, headers, signal), signal);
      } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof CommandError ? error : unreachable(base, error);
      }
    },
  };
}

const TURNS = 5;

/** Waits as long as the service says where it has had too many requests (429), which it has not looked at then. */
async function sendInTurn(url: string, init: RequestInit): Promise<Response> {
  for (let turn = 1; ; turn += 1) {
    // A redirect is not followed: the token is for the address that was given.
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const wait = Number(response.headers.get('retry-after'));
    if (response.status !== 429 || turn === TURNS || !(wait >= 0 && wait <= 120)) {
      return response;
    }
    await response.body?.cancel();
    await delay(wait * 1_000);
  }
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new CommandError(EXIT.usage, `"${url}" is not the address of a service. Write --url http://host:port, or set LEAVER_URL.`);
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, '');
}

function checkToken(token: string | undefined): string {
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
    const wrong = token === undefined ? 'No operator token was given' : 'The operator token has characters that no token has';
    throw new CommandError(EXIT.usage, `${wrong}. Set LEAVER_TOKEN, or write --token <token>; \`leaver token new\` makes one.`);
  }
  return token;
}

function queryOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given))}`;
}

function answerOf(base: string, response: Response, text: string): Answer {
  if (!response.ok) {
    throw failureOf(base, response, text);
  }
  return {
    text,
    read: (schema) => {
      const parsed = schema.safeParse(parseJson(text));
      if (!parsed.success) {
        throw notLeaver(base, `its answer has not the expected form at "${parsed.error.issues[0]?.path.join('.')}"`);
      }
      return parsed.data;
    },
  };
}

async function fileOf(base: string, response: Response): Promise<Uint8Array> {
  if (!response.ok) {
    throw failureOf(base, response, await response.text());
  }
  return await response.bytes();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function eventsOf(base: string, response: IncomingMessage, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
  const { statusCode: status = 0, headers } = response;
  if (status !== 200) {
    throw failureOf(base, { status }, await text(response));
  }
  if (!headers['content-type']?.startsWith('text/event-stream')) {
    response.destroy();
    throw notLeaver(base, 'it does not stream events');
  }
  return bytesOf(base, response, signal);
}

async function* bytesOf(base: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    // What the caller gave up did not go wrong.
    signal?.throwIfAborted();
    throw unreachable(base, error);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

function unreachable(base: string, error: unknown): CommandError {
  const reason = isTimeout(error) ? `no answer within ${ANSWER_WITHIN_MS / 1_000} seconds` : reasonOf(error);
  const advice = 'Check that it runs, and the address in --url or LEAVER_URL.';
  return new CommandError(EXIT.unreachable, `Leaver cannot be reached at ${base} (${reason}). ${advice}`, error);
}

/** What fetch knows lies in the cause; with several addresses there is only a code. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.message === '' ? String(cause.code) : messageOf(cause);
}
