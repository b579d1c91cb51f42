// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of the configuration

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { parse } from 'yaml';
import { type Config, renderRedacted } from '../../src/config/config.ts';
import { createLog } from '../../src/kernel/log.ts';
import { EVERYTHING, EVERYTHING_ENV, load, WEBHOOK_SECRET } from './settings.ts';

const MARKERS = 12;

function logged(config: Config, makeLog: (destination: Writable) => { info(fields: object): void }): string {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  makeLog(destination).info({ config, ...config, database: config.database.url });
  return lines.join('');
}

const WAYS_OUT: readonly (readonly [string, (config: Config) => string])[] = [
  ['the printed configuration', renderRedacted],
  ['JSON', (config) => JSON.stringify(config)],
  ['a debugger', (config) => inspect(config, { depth: null, showHidden: true, getters: true })],
  ['text', ({ database, targets }) => `${database.url} ${targets.map(({ token }) => token).join()}`],
  ["the service's log", (config) => logged(config, (destination) => createLog({ destination }))],
  ['a log that redacts nothing itself', (config) => logged(config, (destination) => pino(destination))],
];

for (const [way, render] of WAYS_OUT) {
  test(`no secret leaves by ${way}`, async () => {
    const text = render(await load(EVERYTHING, EVERYTHING_ENV));
    assert.match(text, /redacted/);
    assert.doesNotMatch(text, /marker/);
  });
}

test('the markers of this test are in the configuration', () => {
  assert.equal([EVERYTHING, ...Object.values(EVERYTHING_ENV)].join().match(/marker/g)?.length, MARKERS);
});

test('the printed configuration is YAML with the defaults filled in', async () => {
  const printed: unknown = parse(renderRedacted(await load('targets: []')));
  assert.deepEqual(printed, {
    server: {
      host: '127.0.0.1',
      port: 8080,
      publicUrl: 'http://127.0.0.1:8080',
      trustProxy: false,
      rateLimit: { max: 6000, windowSeconds: 60 },
      timeouts: { headersSeconds: 10, requestSeconds: 30, idleSeconds: 60 },
      shutdownSeconds: 20,
    },
    roles: ['api', 'worker'],
    database: { url: '', migrate: true },
    dataDir: '/etc/leaver/data',
    operators: { tokens: [] },
    connections: [],
    targets: [],
    policy: {
      graceSeconds: 0,
      confirm: 'auto',
      protected: [],
      signals: {},
      stepRetry: { minDelayMs: 5000, maxDelayMs: 3_600_000, deadlineMs: 86_400_000 },
    },
    http: { timeoutMs: 10_000, retry: { attempts: 5, minDelayMs: 200, maxDelayMs: 30_000 } },
    ledger: { checkpointEntries: 1000, checkpointSeconds: 300, checkSeconds: 60 },
    notifications: {
      operators: { mail: [] },
      events: ['case.held', 'case.attention', 'case.completed', 'target.down', 'intake.silent'],
      intakeSilentAfterHours: 168,
    },
    log: { level: 'info', emails: 'debug-only' },
  });
});

test('what is printed stands in the order of the contract', async () => {
  const printed = parse(renderRedacted(await load(''))) as { server: object };
  assert.deepEqual(Object.keys(printed.server).slice(0, 5), ['host', 'port', 'publicUrl', 'trustProxy', 'rateLimit']);
  assert.deepEqual(Object.keys(printed).slice(0, 5), ['server', 'roles', 'database', 'dataDir', 'operators']);
});

test('what was printed can be loaded again, once the secrets are filled in', async () => {
  const printed = renderRedacted(await load(EVERYTHING, EVERYTHING_ENV));
  assert.equal(renderRedacted(await load(printed.replaceAll('[redacted]', WEBHOOK_SECRET))), printed);
});

const URLS: readonly (readonly [string, string])[] = [
  ['postgresql://u:p@host:5432/db', 'postgresql://u:[redacted]@host:5432/db'],
  ['postgres://u:p%40q@host/db?sslmode=require', 'postgres://u:[redacted]@host/db?sslmode=require'],
  ['postgresql://u:p@q@host/db', 'postgresql://u:[redacted]@host/db'],
  ['postgresql://:p@host/db', 'postgresql://:[redacted]@host/db'],
  ['postgresql://host/db?user=u&PASSWORD=p&sslpassword=q', 'postgresql://host/db?user=u&PASSWORD=[redacted]&sslpassword=[redacted]'],
  ['postgresql://u@host/db#p', 'postgresql://u@host/db'],
  ['postgresql:///db?host=/run/postgresql', 'postgresql:///db?host=/run/postgresql'],
];

for (const [url, shown] of URLS) {
  test(`the database is printed as ${shown}`, async () => {
    const printed = parse(renderRedacted(await load('database: { url: "${URL}" }', { URL: url }))) as { database: { url: string } };
    assert.equal(printed.database.url, shown);
  });
}
