import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { buildHttp, type HttpOptions } from '../../src/http/build-http.ts';
import { createLog } from '../../src/kernel/log.ts';
import { undo } from '../support/undo.ts';

async function serve(t: TestContext, trustProxy: HttpOptions['trustProxy'], max = 1_000) {
  const http = await buildHttp({ log: createLog({ level: 'silent' }), trustProxy, rateLimit: { max, windowSeconds: 600 } });
  http.get('/address', async ({ ip }) => ip);
  http.get('/intake/webhook/hr', async () => 'taken');
  undo(t, async () => await http.close());
  return async (remoteAddress: string, forwarded?: string, url = '/address'): Promise<string> => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const { statusCode, body } = await http.inject({ url, remoteAddress, headers });
    return statusCode === 200 ? body : String(statusCode);
  };
}

test('by default nobody is believed to speak for another address', async (t) => {
  const from = await serve(t, false);
  assert.equal(await from('192.0.2.1', '198.51.100.7'), '192.0.2.1');
});

test('behind one proxy the address counts that the proxy has added, and not what the client has written before it', async (t) => {
  const from = await serve(t, true);
  assert.equal(await from('10.0.0.1', '198.51.100.7'), '198.51.100.7');
  assert.equal(await from('10.0.0.1', '127.0.0.1, 203.0.113.9, 198.51.100.7'), '198.51.100.7');
  assert.equal(await from('10.0.0.1'), '10.0.0.1');
});

test('only the proxies that are named are believed, through as many of them as there are', async (t) => {
  const from = await serve(t, ['10.0.0.0/8', 'fd00::/8']);
  assert.equal(await from('10.0.0.1', '198.51.100.7'), '198.51.100.7');
  assert.equal(await from('10.0.0.1', '203.0.113.9, 198.51.100.7, 10.9.9.9'), '198.51.100.7');
  assert.equal(await from('fd00::5', '198.51.100.7'), '198.51.100.7');
  assert.equal(await from('192.0.2.1', '198.51.100.7'), '192.0.2.1', 'whoever gets around the proxies is nobody');
});

test('all addresses of one network of IPv6, and both spellings of one of IPv4, share one limit', async (t) => {
  const from = await serve(t, false, 2);
  const all = [
    '2001:db8:0:1::1',
    '2001:db8:0:1:ffff::2',
    '2001:db8:0:1::3',
    '2001:db8:0:2::1',
    '192.0.2.1',
    '::ffff:192.0.2.1',
    '192.0.2.1',
  ];
  const answers = [];
  for (const address of all) {
    answers.push(await from(address));
  }
  assert.deepEqual(
    answers.map((answer) => answer === '429'),
    [false, false, true, false, false, false, true],
  );
});

test('a flood of signals from an address does not keep operators at the same address out, nor the other way round', async (t) => {
  const from = await serve(t, false, 2);
  const several = async (url: string) => [
    await from('192.0.2.1', undefined, url),
    await from('192.0.2.1', undefined, url),
    await from('192.0.2.1', undefined, url),
  ];
  assert.deepEqual(await several('/intake/webhook/hr'), ['taken', 'taken', '429']);
  assert.deepEqual(await several('/address'), ['192.0.2.1', '192.0.2.1', '429']);
  assert.equal(await from('192.0.2.2', undefined, '/intake/webhook/hr'), 'taken');
});
