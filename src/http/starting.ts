import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ERROR_CODES } from '../kernel/errors.ts';
import type { CheckResult } from './health.ts';
import type { Problem } from './problem.ts';

/** Answers at the service's address while the service itself cannot yet. */
export interface StartingServer {
  /** Says what the start waits for, from now on. */
  says(cause: string): void;
  /** Gives the address free. */
  close(): Promise<void>;
}

/**
 * A start may take minutes, when the database is not there yet or its schema is brought up to date. Until then probes learn that the process lives and
 * what it waits for, and everybody else is told to come again. Nothing is opened for a port that is chosen later, as nobody can know it.
 */
export async function openStartingServer({ host, port }: { readonly host: string; readonly port: number }): Promise<StartingServer> {
  let cause = 'the service begins to start';
  if (port === 0) {
    return { says: () => undefined, close: async () => undefined };
  }
  const server = createServer((request, response) => answer(request, response, cause));
  server.listen(port, host);
  await once(server, 'listening');
  return {
    says: (next) => {
      cause = next;
    },
    close: async () => {
      if (server.listening) {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, cause: string): void {
  const path = request.url?.split('?')[0]?.replace(/\/$/, '');
  request.resume();
  response.setHeader('connection', 'close');
  switch (path) {
    case '/livez':
      send(response, 200, 'application/json', { status: 'alive' });
      return;
    case '/readyz': {
      const check: CheckResult = { name: 'started', ok: false, cause };
      send(response, 503, 'application/json', { status: 'not-ready', checks: [check], details: {} });
      return;
    }
    default:
      response.setHeader('retry-after', '5');
      send(response, 503, 'application/problem+json', notYet(cause));
  }
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(JSON.stringify(body));
}

function notYet(cause: string): Problem {
  const { status, title } = ERROR_CODES.unavailable;
  const detail = `Leaver is starting: ${cause}. Nothing was stored. Send it again.`;
  return { type: 'urn:leaver:problem:unavailable', title, status, detail, instance: randomUUID() };
}
