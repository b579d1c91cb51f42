import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { startApp } from '../../src/app.ts';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { parseConfig } from '../../src/config/config.ts';
import { buildHttp } from '../../src/http/build-http.ts';
import { type Check, createLook, healthRoutes } from '../../src/http/health.ts';
import { createLog } from '../../src/kernel/log.ts';
import { startDatabaseProxy } from '../intake/support/database-proxy.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { settings, startService, temporaryFolder } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { movingClock } from '../targets/support/moving-clock.ts';
import { send } from './support/send.ts';

interface Ready {
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly cause: string | null }[];
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function probe(url: string, path: '/livez' | '/readyz'): Promise<{ status: number; body: Ready }> {
  const { status, text } = await send(`${url}${path}`);
  return { status, body: JSON.parse(text) as Ready };
}

function failing({ checks }: Ready): string[] {
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
}

function causeOf({ checks }: Ready, name: string): string | null | undefined {
  return checks.find((check) => check.name === name)?.cause;
}

test('a service that runs is alive and ready, and says what it looked at', async (t) => {
  const { url } = await startService(t);
  assert.deepEqual(await probe(url, '/livez'), { status: 200, body: { status: 'alive' } });
  const { status, body } = await probe(url, '/readyz');
  assert.deepEqual([status, body.status, failing(body)], [200, 'ready', []]);
  assert.deepEqual(
    body.checks.map(({ name }) => name),
    ['accepting', 'database', 'migrations', 'worker'],
  );
});

test('a ledger that was tampered with is told in the details, and does not make the service less ready: people must still be locked out', async (t) => {
  const { url, databaseUrl, okta } = await startService(t, { config: { ledger: { checkSeconds: 1 } } });
  const ledger = async () => (await probe(url, '/readyz')).body.details['ledger'];
  await okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  const checked = await eventually('something was checked', async () => {
    const told = await ledger();
    return Number(told?.['checked']) > 0 ? told : null;
  });
  assert.deepEqual([checked['ok'], checked['problem']], [true, null]);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('alter table ledger_node disable trigger all');
  await client.query(`update ledger_node set hash = sha256('')`);
  await client.end();
  await eventually('the break is told', async () => (await ledger())?.['ok'] === false);
  assert.equal((await probe(url, '/readyz')).status, 200);
});

test('without its database a service lives on, is not ready, and is ready again when the database is back', async (t) => {
  const proxy = await startDatabaseProxy(t, await freshDatabaseUrl(t));
  const { app, url } = await startService(t, { databaseUrl: proxy.url });
  await proxy.cut();
  const { status, body } = await probe(url, '/readyz');
  assert.deepEqual([status, body.status], [503, 'not-ready']);
  assert.ok(failing(body).includes('database'));
  assert.equal(causeOf(body, 'database'), 'the database does not answer');
  assert.equal((await probe(url, '/livez')).status, 200);

  await proxy.mend();
  await eventually('the service is ready again', async () => (await probe(url, '/readyz')).status === 200);
  await app.close();
});

test('a service that stops lives until its running steps have ended, and is not ready any more', async (t) => {
  const { app, url, fastio, okta } = await startService(t);
  fastio.scenario.addUser({ email: 'ada@example.com' });
  const paused = fastio.pause('resolve', 'before-effect');
  await okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  await paused.arrived;
  const closed = app.close();
  const { status, body } = await eventually('the worker is told to stop', async () => {
    const answer = await probe(url, '/readyz');
    return failing(answer.body).includes('worker') && answer;
  });
  assert.equal(status, 503);
  assert.ok(failing(body).includes('accepting'));
  assert.equal(causeOf(body, 'accepting'), 'the service is stopping');
  assert.equal(causeOf(body, 'worker'), 'the worker is stopping');
  assert.equal((await probe(url, '/livez')).status, 200);
  paused.release();
  await closed;
  await assert.rejects(send(`${url}/livez`), /ECONNREFUSED/);
});

test('a service that waits for its database is alive and says what it waits for, sends others away, and then serves at the same address', async (t) => {
  const proxy = await startDatabaseProxy(t, await freshDatabaseUrl(t));
  await proxy.cut();
  const folder = await temporaryFolder(t);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const fastio = { url: 'http://127.0.0.1:9', token: 'x', orgId: '1' };
  const given = { ...settings({ dataDir: folder, databaseUrl: proxy.url, fastio }), server: { port } };
  const config = await parseConfig({ text: JSON.stringify(given), path: `${folder}/leaver.yaml`, env: {} });
  const starting = startApp({ config, log: createLog({ level: 'silent' }) });
  undo(t, async () => await (await starting).close());

  const { body } = await eventually('it says that it waits', async () => {
    const answer = await probe(url, '/readyz').catch(() => null);
    return answer?.body.checks[0]?.cause === 'the database does not answer yet' && answer;
  });
  assert.deepEqual([body.status, failing(body)], ['not-ready', ['started']]);
  assert.deepEqual(await probe(url, '/livez'), { status: 200, body: { status: 'alive' } });
  const { status, headers, text } = await send(`${url}/intake/okta/okta-main/events`, { method: 'POST', body: '{}' });
  assert.deepEqual([status, headers['retry-after'], headers['content-type']], [503, '5', 'application/problem+json; charset=utf-8']);
  assert.match(text, /Leaver is starting: the database does not answer yet\./);

  await proxy.mend();
  assert.equal((await starting).url, url);
  assert.equal((await probe(url, '/readyz')).status, 200);
});

test('an address that is taken stops the start before anything else is begun', async (t) => {
  const { url, fastio } = await startService(t);
  const folder = await temporaryFolder(t);
  const given = { ...settings({ dataDir: folder, databaseUrl: '', fastio }), server: { port: Number(new URL(url).port) } };
  const config = await parseConfig({ text: JSON.stringify(given), path: `${folder}/leaver.yaml`, env: {} });
  await assert.rejects(startApp({ config, log: createLog({ level: 'silent' }) }), /EADDRINUSE/);
  assert.deepEqual(await readdir(folder), [], 'no database was begun');
});

/** The two routes alone, with these checks. */
async function serve(t: TestContext, checks: readonly Check[], patienceMs?: number) {
  const clock = movingClock();
  const http = await buildHttp({ log: createLog({ level: 'silent' }), trustProxy: false, rateLimit: { max: 1, windowSeconds: 60 } });
  t.after(async () => await http.close());
  healthRoutes(http, createLook(checks, clock, patienceMs));
  const ask = async (): Promise<{ status: number; body: Ready }> => {
    const { statusCode, body } = await http.inject('/readyz');
    return { status: statusCode, body: JSON.parse(body) as Ready };
  };
  return { clock, ask };
}

test('however many probes come, what costs something is looked at once in its window', async (t) => {
  let looks = 0;
  const cause = async (): Promise<string | null> => {
    looks += 1;
    return looks === 1 ? null : 'it broke';
  };
  const { clock, ask } = await serve(t, [{ name: 'costly', keepMs: 1_000, cause }]);
  const first = await Promise.all(Array.from({ length: 50 }, ask));
  clock.move(999);
  assert.deepEqual([new Set([...first, await ask()].map(({ status }) => status)), looks], [new Set([200]), 1]);
  clock.move(1);
  assert.deepEqual([(await ask()).body.checks, looks], [[{ name: 'costly', ok: false, cause: 'it broke' }], 2]);
});

test('a check that never ends keeps nobody waiting for long, and is not begun again', async (t) => {
  let looks = 0;
  const { promise, resolve } = Promise.withResolvers<null>();
  const cause = async (): Promise<null> => {
    looks += 1;
    return await promise;
  };
  const { ask } = await serve(t, [{ name: 'endless', unclear: 'nobody knows', cause }], 30);
  const [one, other] = await Promise.all([ask(), ask()]);
  assert.deepEqual([one.status, one.body.checks[0]?.cause, other.status, looks], [503, 'nobody knows', 503, 1]);
  resolve(null);
  assert.equal((await ask()).status, 200);
});

test('details are told, and decide nothing', async (t) => {
  const http = await buildHttp({ log: createLog({ level: 'silent' }), trustProxy: false, rateLimit: { max: 1, windowSeconds: 60 } });
  t.after(async () => await http.close());
  healthRoutes(http, async () => [{ name: 'one', ok: true, cause: null }], { ledger: () => ({ ok: false, checked: 7 }) });
  const { statusCode, body } = await http.inject('/readyz');
  assert.deepEqual([statusCode, (JSON.parse(body) as { details: unknown }).details], [200, { ledger: { ok: false, checked: 7 } }]);
});

test('what a check throws is not told to whoever may ask', async (t) => {
  const cause = (): string | null => {
    throw new Error('connect postgresql://leaver:hunter2@db');
  };
  const { ask } = await serve(t, [{ name: 'database', unclear: 'the database does not answer', cause }]);
  assert.deepEqual((await ask()).body.checks, [{ name: 'database', ok: false, cause: 'the database does not answer' }]);
});
