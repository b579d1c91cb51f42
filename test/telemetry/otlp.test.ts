import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { createLog } from '../../src/kernel/log.ts';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { createOkta } from '../../src/sandbox/okta.ts';
import { startTracing } from '../../src/telemetry/tracing.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { spawnService } from '../support/process.ts';
import { HOOK_SECRET, operatorOf, settings, temporaryFolder } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const SRC = path.join(import.meta.dirname, '..', '..', 'src');

test('a service sends its traces to the collector that the standard variable names, the last ones when it stops', async (t) => {
  const received: { readonly path: string; readonly type: string; readonly body: Buffer }[] = [];
  const collector = createServer(async (request, response) => {
    received.push({ path: request.url ?? '', type: String(request.headers['content-type']), body: await buffer(request) });
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  undo(t, async () => {
    collector.closeAllConnections();
    collector.close();
    await once(collector, 'close');
  });
  const fastio = await startFastio();
  undo(t, async () => await fastio.close());
  fastio.scenario.addUser({ email: 'ada@example.com' });
  const folder = await temporaryFolder(t);
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_SERVICE_NAME: 'leaver-of-the-tests',
  };
  const service = await spawnService(t, folder, settings({ dataDir: folder, databaseUrl: await freshDatabaseUrl(t), fastio }), variables);
  const okta = createOkta({ hookUrl: `${service.url}/intake/okta/okta-main/events`, secret: HOOK_SECRET });
  undo(t, async () => await okta.close());
  await okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  await operatorOf(service.url).untilState('ada@example.com', 'completed');
  assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null });

  assert.deepEqual(
    new Set(received.map((one) => `${one.path} ${one.type}`)),
    new Set(['/v1/traces application/x-protobuf']),
    service.output(),
  );
  const sent = Buffer.concat(received.map(({ body }) => body)).toString('latin1');
  for (const name of ['leaver-of-the-tests', 'POST /intake/okta/:connection/events', 'step verify-audit', 'GET fastio']) {
    assert.ok(sent.includes(name), `${name} was sent`);
  }
  assert.ok(!sent.includes('ada@example.com') && !sent.includes(HOOK_SECRET));
});

test('a collector that does not answer keeps nobody from stopping', async () => {
  const endless = new Promise<void>(() => undefined);
  const processor = {
    onStart: () => undefined,
    onEnd: () => undefined,
    forceFlush: async () => await endless,
    shutdown: async () => await endless,
  };
  await startTracing({ ratio: 1, log: createLog({ level: 'silent' }), processor, patienceMs: 20 }).stop();
});

const HEAVY: ReadonlySet<string> = new Set(['telemetry/instruments.ts', 'telemetry/tracing.ts']);

test('what makes traces and metrics is loaded only where somebody wants them', async () => {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const loaders: string[] = [];
  for (const file of files) {
    const text = await readFile(path.join(SRC, file), 'utf8');
    // `import()` and `import type` load nothing when the file is loaded.
    for (const [, from = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*? from '([^']+)';$/gm)) {
      const isHeavy = /^@opentelemetry\/(?!api)/.test(from) || HEAVY.has(path.join(path.dirname(file), from));
      if (isHeavy && !HEAVY.has(file)) loaders.push(`${file} loads ${from}`);
    }
  }
  assert.deepEqual(loaders, []);
});
