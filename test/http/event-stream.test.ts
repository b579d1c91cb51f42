import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { buildHttp } from '../../src/http/build-http.ts';
import { type EventStream, lastEventId, sendEvents, toEvent } from '../../src/http/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { undo } from '../support/undo.ts';
import { keptLog } from '../targets/support/log-lines.ts';

const KEEP_ALIVE_MS = 20;

async function serve(t: TestContext, tell: (stream: EventStream, after: number) => Promise<void>) {
  const { log, lines } = keptLog();
  const http = await buildHttp({ log, trustProxy: false, rateLimit: { max: 1_000, windowSeconds: 60 } });
  const closing = new AbortController();
  http.get('/events', async (request, reply) => {
    const needs = { closing: closing.signal, keepAliveMs: KEEP_ALIVE_MS };
    await sendEvents(request, reply, needs, async (stream) => await tell(stream, lastEventId(request)));
  });
  const url = `${await http.listen({ host: '127.0.0.1', port: 0 })}/events`;
  undo(t, async () => {
    closing.abort();
    await http.close();
  });
  return { url, lines, closing };
}

test('while nothing happens a comment comes again and again, which no reader takes for an event', { timeout: 10_000 }, async (t) => {
  const { url } = await serve(t, async ({ signal }) => void (await once(signal, 'abort')));
  const client = new AbortController();
  const { body } = await fetch(url, { signal: client.signal });
  let seen = '';
  for await (const chunk of (body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (seen.split('\n\n').length > 3) {
      break;
    }
  }
  client.abort();
  assert.match(seen, /^(: still here\n\n){3,}$/);
});

test('when the client goes, what tells it is told to stop', async (t) => {
  const stopped = Promise.withResolvers<void>();
  const { url, lines } = await serve(t, async ({ signal, send }) => {
    await send(toEvent(1, 'case', {}));
    await once(signal, 'abort');
    stopped.resolve();
  });
  const client = new AbortController();
  const { body } = await fetch(url, { signal: client.signal });
  await body?.getReader().read();
  client.abort();
  await stopped.promise;
  assert.deepEqual(
    lines.filter((line) => !line.includes('Server listening')),
    [],
  );
});

test('a client that does not read is waited for, so that nothing piles up, and is not kept alive', { timeout: 30_000 }, async (t) => {
  let sent = 0;
  const stopped = Promise.withResolvers<void>();
  const big = toEvent(1, 'case', { text: 'x'.repeat(1_000_000) });
  const { url } = await serve(t, async ({ signal, send }) => {
    signal.addEventListener('abort', () => stopped.resolve());
    for (; !signal.aborted && sent < 1_000; sent += 1) {
      await send(big);
    }
  });
  const { port, pathname } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.pause();
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
  let before = -1;
  await eventually('the server waits', async () => {
    const isStill = before === sent && sent > 0;
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 2 * KEEP_ALIVE_MS));
    return isStill;
  });
  assert.ok(sent < 100, `${sent} megabytes were taken from whoever tells`);
  socket.destroy();
  await stopped.promise;
});

test('what goes wrong while it is told ends the stream, and stands in the log and nowhere else', async (t) => {
  const { url, lines } = await serve(t, async ({ send }) => {
    await send(toEvent(7, 'case', { state: 'running' }));
    throw new Error('the database went away');
  });
  const answer = await fetch(url);
  assert.equal(await answer.text(), 'id: 7\nevent: case\ndata: {"state":"running"}\n\n');
  assert.equal(lines.filter((line) => line.includes('the database went away')).length, 1);
});

test('a client resumes after the event that it saw last, and after none where it names none that there can be', async (t) => {
  const { url } = await serve(t, async ({ send }, after) => await send(toEvent(after, 'after', null)));
  for (const [header, after] of [
    ['17', 17],
    ['', 0],
    ['x', 0],
    ['-3', 0],
    ['1.5', 0],
    ['1e99', 0],
  ] as const) {
    const answer = await fetch(url, { headers: { 'last-event-id': header } });
    assert.equal(await answer.text(), `id: ${after}\nevent: after\ndata: null\n\n`);
  }
});

test('HEAD has the headers of the stream and ends at once', { timeout: 10_000 }, async (t) => {
  const { url } = await serve(t, async ({ signal }) => void (await once(signal, 'abort')));
  const { status, headers } = await fetch(url, { method: 'HEAD' });
  assert.deepEqual([status, headers.get('content-type')], [200, 'text/event-stream']);
});

test('when the server closes, open streams end', { timeout: 10_000 }, async (t) => {
  const { url, closing } = await serve(t, async ({ signal }) => void (await once(signal, 'abort')));
  const answer = await fetch(url);
  closing.abort();
  assert.match(await answer.text(), /^(: still here\n\n)*$/);
});
