import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Message {
  readonly method?: string;
  /** As they go over the wire, in order; a name may come twice. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  /** Sends the body in chunks, without telling its length. */
  readonly chunked?: boolean;
  /** Tells this length, sends only what `body` has, and waits for an answer all the same. */
  readonly claimedLength?: number;
}

/** One request on a connection of its own, byte for byte as described: no header is added but those that HTTP needs. */
export async function send(
  url: string,
  { method = 'GET', headers = [], body, chunked = false, claimedLength }: Message = {},
): Promise<Answer> {
  const { host } = new URL(url);
  const length = claimedLength ?? (body === undefined || chunked ? undefined : Buffer.byteLength(body));
  const own = [
    ...(length === undefined ? [] : [['content-length', String(length)]]),
    ...(chunked ? [['transfer-encoding', 'chunked']] : []),
  ];
  const lines = [['host', host], ['connection', 'close'], ...own, ...headers];
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(url, { method, headers: lines.flat(), agent: false }, async (response) => {
    resolve({ status: response.statusCode ?? 0, headers: response.headers, text: await text(response) });
    outgoing.destroy();
  });
  // After an early answer the rest of the body may meet a closed connection: then the promise has its answer already.
  outgoing.on('error', reject);
  if (body !== undefined) {
    outgoing.write(body);
  }
  if (claimedLength === undefined) {
    outgoing.end();
  } else {
    outgoing.flushHeaders();
  }
  return await promise;
}
