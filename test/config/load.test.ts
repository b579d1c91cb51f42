import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig, unsupported } from '../../src/config/config.ts';
import { EVERYTHING, EVERYTHING_ENV, FASTIO, folderWith, load } from './settings.ts';

test('everything that the contract prints can be set', async () => {
  const config = await load(EVERYTHING, EVERYTHING_ENV);
  assert.deepEqual(
    config.connections.map(({ id, kind }) => [id, kind]),
    [
      ['okta-main', 'okta'],
      ['entra-main', 'entra'],
      ['signals', 'ssf'],
      ['hr', 'webhook'],
    ],
  );
  const [okta] = config.connections;
  assert.ok(okta?.kind === 'okta');
  assert.equal(okta.eventHook?.header, 'Authorization');
  assert.equal(okta.eventHook?.secrets[0]?.reveal(), 'marker-okta-hook');
  assert.equal(config.database.url?.reveal(), EVERYTHING_ENV['DATABASE_URL']);
  assert.deepEqual(config.policy.signals, { 'user.lifecycle.suspend': 'contain' });
});

test('an empty file is a configuration with the defaults of the contract', async () => {
  assert.deepEqual(await load('# nothing yet\n'), {
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
    database: { url: null, migrate: true },
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

test('a webhook connection maps the fields and events that the contract prints', async () => {
  const { connections } = await load('connections: [{ id: hr, kind: webhook, secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw] }]');
  const [hr] = connections;
  assert.ok(hr?.kind === 'webhook');
  assert.deepEqual([hr.toleranceSeconds, hr.defaultTimeZone], [300, 'UTC']);
  assert.deepEqual(hr.mapping, {
    type: 'type',
    email: 'data.email',
    effectiveAt: 'data.effectiveAt',
    occurredAt: 'timestamp',
    left: ['employee.terminated'],
    contain: ['employee.suspended'],
    back: ['employee.rehired'],
  });
});

test('a Graph reader finds the token address of its tenant by itself', async () => {
  const { connections } = await load(
    'connections: [{ id: e, kind: entra, graph: { clientState: a, tenantId: acme.example.com, clientId: b, clientSecret: c } }]',
  );
  const [entra] = connections;
  assert.ok(entra?.kind === 'entra');
  assert.equal(entra.graph?.tokenUrl, 'https://login.microsoftonline.com/acme.example.com/oauth2/v2.0/token');
  assert.equal(entra.graph?.baseUrl, 'https://graph.microsoft.com/v1.0');
});

test('the client state of Graph is one secret, or several while it is changed', async () => {
  for (const [written, count] of [
    ['a', 1],
    ['[new, old]', 2],
  ] as const) {
    const { connections } = await load(
      `connections: [{ id: e, kind: entra, graph: { clientState: ${written}, tenantId: acme.example.com, clientId: b, clientSecret: c } }]`,
    );
    const [entra] = connections;
    assert.equal(entra?.kind === 'entra' && entra.graph?.clientState.length, count);
  }
});

test('a key without a value counts as left out', async () => {
  const config = await load('server:\n  port:\n  # host: 0.0.0.0\ntargets:\nconnections:\n  - id: o\n    kind: okta\n    scim:\n');
  assert.equal(config.server.port, 8080);
  assert.deepEqual(config.targets, []);
});

test('the same kind of connection and of target may appear any number of times', async () => {
  const twice = `${FASTIO}${FASTIO.replace('targets:', '').replace('id: fastio', 'id: fastio-2')}`;
  assert.deepEqual(
    (await load(twice)).targets.map(({ id }) => id),
    ['fastio', 'fastio-2'],
  );
});

test('slashes at the end of a base URL make no difference', async () => {
  const { targets } = await load(FASTIO.replace('/api', '/api//'));
  assert.equal(targets[0]?.baseUrl, 'https://fastio.example.com/api');
});

test('a loopback host may be reached without TLS', async () => {
  for (const base of ['http://localhost:9000', 'http://127.0.0.1:9000', 'http://[::1]:9000', 'http://fastio.localhost']) {
    const { targets } = await load(FASTIO.replace('https://fastio.example.com/api', base));
    assert.equal(targets[0]?.baseUrl, base);
  }
});

test('an IPv6 host makes a public address that is a URL', async () => {
  assert.equal((await load('server: { host: "::1", port: 9 }')).server.publicUrl, 'http://[::1]:9');
});

test('an alias stands for what it was set to', async () => {
  const { policy, http } = await load('policy: { stepRetry: { minDelayMs: &least 7 } }\nhttp: { retry: { minDelayMs: *least } }');
  assert.deepEqual([policy.stepRetry.minDelayMs, http.retry.minDelayMs], [7, 7]);
});

test('a relative data folder counts from the folder of the file', async (context) => {
  const folder = await folderWith(context, { 'leaver.yaml': 'dataDir: ./state' });
  assert.equal((await loadConfig({ path: join(folder, 'leaver.yaml'), env: {} })).dataDir, join(folder, 'state'));
  assert.equal((await load('dataDir: /var/lib/leaver')).dataDir, '/var/lib/leaver');
});

test('a missing file is answered with where it was looked for and which variable says so', async (context) => {
  const folder = await folderWith(context, {});
  const path = join(folder, 'leaver.yaml');
  await assert.rejects(loadConfig({ path, env: {} }), {
    code: 'configuration',
    message: `There is no configuration at ${path}; put it there, or set LEAVER_CONFIG to the path of the file`,
  });
  await assert.rejects(loadConfig({ path: folder, env: {} }), {
    code: 'configuration',
    message: /cannot be read \(EISDIR\); .*LEAVER_CONFIG/,
  });
});

test('the example can be used as it stands, once its variables are set', async () => {
  const env = {
    LEAVER_OPERATOR_SHA256: '0'.repeat(64),
    OKTA_HOOK_SECRET: 'secret',
    FASTIO_URL: 'https://fastio.example.com',
    FASTIO_TOKEN: 'token',
    FASTIO_ORG_ID: 'org-1',
    FASTIO_FALLBACK_OWNER_ID: 'u-1',
  };
  const config = await loadConfig({ path: join(import.meta.dirname, '../../leaver.example.yaml'), env });
  assert.deepEqual(unsupported(config), { warnings: [] });
  await assert.rejects(loadConfig({ path: join(import.meta.dirname, '../../leaver.example.yaml'), env: {} }), (error: Error) =>
    Object.keys(env).every((name) => error.message.includes(`the environment variable ${name} is not set`)),
  );
});

test('operators may come in with tokens of an OpenID provider, which says itself where its keys are', async () => {
  const { operators } = await load('operators: { oidc: { issuer: https://id.example.com, audience: leaver, roles: { desk: operator } } }');
  assert.deepEqual(operators.oidc, {
    issuer: 'https://id.example.com',
    audience: 'leaver',
    claim: 'groups',
    nameClaim: 'sub',
    roles: { desk: 'operator' },
  });
});

test('the proxies that are trusted may be named', async () => {
  const trusted = async (value: string) => (await load(`server: { trustProxy: ${value} }`)).server.trustProxy;
  assert.deepEqual([await trusted('"true"'), await trusted('false')], [true, false]);
  assert.deepEqual(await trusted('[10.0.0.0/8, "fd00::/8", 192.0.2.1, loopback]'), ['10.0.0.0/8', 'fd00::/8', '192.0.2.1', 'loopback']);
});
