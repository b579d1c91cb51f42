import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../kernel/errors.ts';
import type { Arrival } from './calls.ts';

export interface Listener {
  readonly port: number;
  readonly origin: string;
  /** Stops listening, destroys every connection, and waits until no handler runs any more. */
  close(): Promise<void>;
}

export interface ListenNeeds {
  readonly port: number;
  readonly handle: (arrival: Arrival, response: ServerResponse) => Promise<void>;
  /** Told of every error a handler throws; the client sees a reset. */
  readonly failed: (message: string) => void;
}

const MOST_BYTES = 1024 * 1024;

/** An HTTP server on the loopback interface that hands over each request once its body is complete. */
export async function listen({ port, handle, failed }: ListenNeeds): Promise<Listener> {
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const task = serve(request, response).finally(() => running.delete(task));
    running.add(task);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrival = await receive(request).catch(() => undefined);
    if (!arrival) return void response.socket?.resetAndDestroy();
    try {
      await handle(arrival, response);
    } catch (error) {
      failed(`${arrival.method} ${arrival.url.pathname}: ${messageOf(error)}`);
      response.socket?.resetAndDestroy();
    }
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve()));
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    origin: `http://127.0.0.1:${bound}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, ...running]);
    },
  };
}

/** The whole request, or nothing when its target cannot be read or its body is too large; rejects when the client left before its end. */
async function receive(request: IncomingMessage): Promise<Arrival | undefined> {
  const target = request.url ?? '/';
  if (!URL.canParse(target, 'http://sandbox')) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
  }
  const { method = 'GET', headers } = request;
  return { method, url: new URL(target, 'http://sandbox'), headers, text: Buffer.concat(chunks).toString('utf8') };
}
