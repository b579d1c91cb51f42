import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { startDatabaseProxy } from '../intake/support/database-proxy.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';
import { send } from './support/send.ts';

interface Ready {
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function probe(url: string, path: '/livez' | '/readyz'): Promise<{ status: number; body: Ready }> {
  const { status, text } = await send(`${url}${path}`);
  return { status, body: JSON.parse(text) as Ready };
}

function failing({ checks }: Ready): string[] {
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
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
  const { status, body } = await probe(url, '/readyz');
  assert.equal(status, 503);
  assert.ok(failing(body).includes('accepting'));
  assert.equal((await probe(url, '/livez')).status, 200);
  paused.release();
  await closed;
  await assert.rejects(send(`${url}/livez`), /ECONNREFUSED/);
});
