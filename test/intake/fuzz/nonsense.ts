import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { undo } from '../../support/undo.ts';
import { bytes, mutated } from './shapes.ts';
import type { MadeToken } from './tokens.ts';

/** How a transmitter answers a poll that should not answer any: with tokens or without, and then with a broken connection or without. */
export interface PollAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly breaks: 'before' | 'within' | null;
  readonly tokens: readonly MadeToken[];
}

const HEADERS = fc.dictionary(
  fc.constantFrom('content-type', 'content-encoding', 'retry-after', 'location', 'transfer-encoding-of-old', 'etag'),
  fc.oneof(
    fc.constantFrom('application/json', 'gzip', '1', '-1', '1e9', 'Fri, 31 Dec 1999 23:59:59 GMT', 'http://127.0.0.1:9/'),
    fc.stringMatching(/^[ -~]{0,40}$/),
  ),
  { maxKeys: 2 },
);

/** What ought to be an answer to a poll (RFC 8936, section 2.3), with tokens of the transmitter and forged ones. */
export function pollAnswers(token: fc.Arbitrary<MadeToken>): fc.Arbitrary<PollAnswer> {
  const sets = fc.dictionary(fc.oneof(fc.uuid(), fc.constantFrom('__proto__', '', 'constructor')), token, {
    maxKeys: 4,
    noNullPrototype: true,
  });
  const document = fc.tuple(sets, fc.oneof(fc.boolean(), fc.jsonValue({ maxDepth: 1 }))).map(([all, moreAvailable]) => ({
    tokens: Object.values(all),
    answer: { sets: Object.fromEntries(Object.entries(all).map(([jti, one]) => [jti, one.token])), moreAvailable },
  }));
  const body = document.chain(({ tokens, answer }) => bytes(mutated(answer)).map((raw) => ({ tokens, raw })));
  return fc
    .record({
      status: fc.oneof(
        { weight: 5, arbitrary: fc.constant(200) },
        fc.constantFrom(201, 202, 204, 301, 304, 307, 400, 401, 403, 404, 429, 500, 503, 599),
      ),
      headers: HEADERS,
      body,
      breaks: fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, fc.constantFrom('before' as const, 'within' as const)),
    })
    .map(({ body: { tokens, raw }, ...rest }) => ({ ...rest, body: raw, tokens }));
}

export interface NonsenseServer {
  readonly url: string;
  /** Lets polls be answered with these, one each, and then with the token until it is acknowledged. */
  answer(answers: readonly PollAnswer[], last: { readonly jti: string; readonly token: string }): void;
  /** How many polls were answered so far. */
  readonly answered: () => number;
  /** Whether all was asked for and the last token acknowledged. */
  readonly isDone: () => boolean;
}

/** A transmitter that answers polls with whatever it is told, and keeps them waiting in between. */
export async function startNonsense(t: TestContext): Promise<NonsenseServer> {
  const waiting: ServerResponse[] = [];
  let queue: PollAnswer[] = [];
  let last: { readonly jti: string; readonly token: string } | null = null;
  let answered = 0;
  const reply = (response: ServerResponse): void => {
    const next = queue.shift();
    if (!next && !last) return void waiting.push(response);
    answered += 1;
    play(response, next ?? right(last));
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { ack = [] } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { ack?: readonly string[] };
    if (last && queue.length === 0 && ack.includes(last.jti)) last = null;
    reply(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo(t, async () => void server.close().closeAllConnections());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/poll`,
    answered: () => answered,
    isDone: () => queue.length === 0 && last === null,
    answer: (answers, token) => {
      queue = [...answers];
      last = token;
      for (const response of waiting.splice(0)) reply(response);
    },
  };
}

function right(last: { readonly jti: string; readonly token: string } | null): PollAnswer {
  const body = Buffer.from(JSON.stringify({ sets: last ? { [last.jti]: last.token } : {} }));
  return { status: 200, headers: { 'content-type': 'application/json' }, body, breaks: null, tokens: [] };
}

function play(response: ServerResponse, { status, headers, body, breaks }: PollAnswer): void {
  if (breaks === 'before') return void response.socket?.resetAndDestroy();
  const isEmpty = status === 204 || status === 304;
  response.writeHead(status, { ...headers, ...(breaks === 'within' && !isEmpty && { 'content-length': String(body.length + 10) }) });
  if (breaks === 'within') {
    response.write(body, () => response.socket?.resetAndDestroy());
    return;
  }
  response.end(isEmpty ? undefined : body);
}
