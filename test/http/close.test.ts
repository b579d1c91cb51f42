import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';
import { send } from './support/send.ts';

test('a request that is under way when the service stops gets its answer, and then holds nothing up', { timeout: 30_000 }, async (t) => {
  const service = await startService(t);
  const paused = service.fastio.pause('resolve', 'before-effect');
  const dryRun = { email: 'ada@example.com', playbook: 'offboard', reason: 'a test', dryRun: true };
  // Over a connection that the client would like to keep.
  const slow = service.call('POST', '/v1/cases', dryRun);
  await paused.arrived;
  const closed = service.app.close();
  await eventually('new connections are refused', async () => {
    const outcome = await send(`${service.url}/livez`).catch((error: unknown) => String(error));
    return typeof outcome === 'string' && outcome.includes('ECONNREFUSED');
  });
  paused.release();
  assert.equal((await slow).status, 200);
  await closed;
});

test('a connection on which nothing was ever asked does not keep the service from stopping', { timeout: 30_000 }, async (t) => {
  const service = await startService(t);
  const { hostname, port } = new URL(service.url);
  const silent = connect(Number(port), hostname);
  await once(silent, 'connect');
  const gone = once(silent, 'close');
  await service.app.close();
  await gone;
});
