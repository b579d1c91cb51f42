import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Scene = (response: ServerResponse, seen: Seen) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly seen: readonly Seen[];
}

/** A server that plays one scene a request, in order. A request too many, or a scene that was never played, fails the test. */
export async function scriptedServer(t: TestContext, scenes: readonly Scene[]): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: await text(request) };
    seen.push(one);
    const scene = scenes[seen.length - 1];
    if (scene) scene(response, one);
    else response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
    assert.equal(seen.length, scenes.length, 'requests against scenes');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Answers with a status, JSON and headers. */
export function answer(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Scene {
  return (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body === undefined ? '' : JSON.stringify(body));
}

/** Answers with a text as it is. */
export function page(status: number, body: string): Scene {
  return (response) => void response.writeHead(status, { 'content-type': 'text/html' }).end(body);
}

/** Takes the request and breaks the connection. */
export const breakOff: Scene = (response) => void response.socket?.resetAndDestroy();

/** Takes the request and says nothing. */
export const hang: Scene = () => {};

/** A port on which nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
