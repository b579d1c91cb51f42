import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { buildHttp, type Timeouts } from '../../src/http/build-http.ts';
import { healthRoutes } from '../../src/http/health.ts';
import { createLog } from '../../src/kernel/log.ts';
import { undo } from '../support/undo.ts';

const PATIENT: Timeouts = { headersMs: 20_000, requestMs: 20_000, idleMs: 20_000 };
const FORM = /^HTTP\/1\.1 (?<status>\d{3}) [\s\S]*?\r\n\r\n(?<body>[\s\S]*)$/;

async function listen(t: TestContext, timeouts: Partial<Timeouts>): Promise<() => Promise<Socket>> {
  const log = createLog({ level: 'silent' });
  const http = await buildHttp({
    log,
    trustProxy: false,
    rateLimit: { max: 1_000, windowSeconds: 60 },
    timeouts: { ...PATIENT, ...timeouts },
  });
  healthRoutes(http, async () => []);
  http.post('/echo', async (request) => request.body);
  undo(t, async () => await http.close());
  const { port } = new URL(await http.listen({ host: '127.0.0.1', port: 0 }));
  return async () => {
    const socket = connect(Number(port), '127.0.0.1');
    undo(t, async () => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
}

/** All that the server says until it hangs up, which it may do while we still send. */
async function answerOn(socket: Socket): Promise<{ status: number; type: string; raw: string }> {
  let raw = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    raw += chunk;
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  const { status, body } = FORM.exec(raw)?.groups ?? {};
  const { type } = JSON.parse(body || '{}') as { type?: string };
  return { status: Number(status), type: type ?? '', raw };
}

test('a client that sends its headers byte by byte is hung up on when its time is over, and is told why', {
  timeout: 20_000,
}, async (t) => {
  const open = await listen(t, { headersMs: 200, requestMs: 20_000 });
  const socket = await open();
  const ended = new AbortController();
  undo(t, async () => ended.abort());
  const drip = (async () => {
    for (const byte of `GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ${'a'.repeat(10_000)}`) {
      socket.write(byte);
      await delay(20, undefined, { signal: ended.signal });
    }
  })().catch(() => undefined);
  const { status, type, raw } = await answerOn(socket);
  ended.abort();
  await drip;
  assert.deepEqual([status, type], [408, 'urn:leaver:problem:request-timeout']);
  assert.match(raw, /\r\ncontent-type: application\/problem\+json\r\n/);
  assert.match(raw, /\r\nconnection: close\r\n/);
});

test('a client that never sends the rest of its body is hung up on', { timeout: 20_000 }, async (t) => {
  const open = await listen(t, { headersMs: 200, requestMs: 300 });
  const socket = await open();
  socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a":');
  const { status, type } = await answerOn(socket);
  assert.deepEqual([status, type], [408, 'urn:leaver:problem:request-timeout']);
});

test('a client that connects and says nothing is hung up on', { timeout: 20_000 }, async (t) => {
  const open = await listen(t, { idleMs: 200 });
  assert.equal(await text(await open()), '');
});

test('while slow clients hold their connections, others are answered', { timeout: 20_000 }, async (t) => {
  const open = await listen(t, {});
  const slow = await Promise.all(Array.from({ length: 200 }, open));
  for (const socket of slow) {
    socket.write('GET /livez HTTP/1.1\r\n');
  }
  const quick = await open();
  quick.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.equal((await answerOn(quick)).status, 200);
});

const NO_REQUESTS: readonly (readonly [string, string, number, string])[] = [
  ['more than 16 KiB of headers', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(17_000)}\r\n\r\n`, 431, 'headers-too-large'],
  ['what is not HTTP', 'EHLO leaver\r\n\r\n', 400, 'invalid-request'],
  ['two lengths that differ', 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400, 'invalid-request'],
  [
    'a length beside chunks',
    'POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
    400,
    'invalid-request',
  ],
];

for (const [what, bytes, status, type] of NO_REQUESTS) {
  test(`${what} is answered with a problem, and the connection is closed`, { timeout: 20_000 }, async (t) => {
    const socket = await (await listen(t, {}))();
    socket.write(bytes);
    const answer = await answerOn(socket);
    assert.deepEqual([answer.status, answer.type], [status, `urn:leaver:problem:${type}`]);
    assert.doesNotMatch(answer.raw, /node_modules|\.ts:|HPE_|stack/);
  });
}
