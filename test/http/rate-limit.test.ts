import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOOK_SECRET, OPERATOR_TOKEN, startService } from '../support/service.ts';
import { type Message, send } from './support/send.ts';

const MAX = 4;
const DELIVERY: Message = { method: 'POST', headers: [['authorization', HOOK_SECRET]], body: '{"data":{"events":[]}}' };

async function statuses(url: string, message: Message = {}, times = MAX + 2): Promise<number[]> {
  const seen: number[] = [];
  for (let count = 0; count < times; count += 1) {
    seen.push((await send(url, message)).status);
  }
  return seen;
}

function from(address: string, ...headers: (readonly [string, string])[]): Message {
  return { headers: [['X-Forwarded-For', address], ...headers] };
}

test('behind a proxy that is trusted, each address has its own limit', async (t) => {
  const service = await startService(t, { config: { server: { trustProxy: true, rateLimit: { max: MAX, windowSeconds: 600 } } } });
  const limited = (within: number) => [...Array(MAX).fill(within), 429, 429];
  const cases = `${service.url}/v1/cases`;

  await t.test('one request too many is 429, with the time to wait, and costs no other address anything', async () => {
    const operator = ['authorization', `Bearer ${OPERATOR_TOKEN}`] as const;
    assert.deepEqual(await statuses(cases, from('192.0.2.1', operator)), limited(200));
    const { status, headers, text } = await send(cases, from('192.0.2.1', operator));
    assert.equal(status, 429);
    const seconds = Number(headers['retry-after']);
    assert.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 600);
    assert.match(headers['content-type'] ?? '', /^application\/problem\+json\b/);
    assert.equal((JSON.parse(text) as { type: string }).type, 'urn:leaver:problem:rate-limited');
    assert.equal((await send(cases, from('192.0.2.2', operator))).status, 200);
  });

  await t.test('whoever guesses tokens is counted', async () => {
    assert.deepEqual(await statuses(cases, from('192.0.2.3', ['authorization', 'Bearer guess'])), limited(401));
  });

  await t.test('whoever guesses the secret of a hook is counted', async () => {
    const guess = {
      ...DELIVERY,
      headers: [
        ['X-Forwarded-For', '192.0.2.4'],
        ['authorization', 'guess'],
      ],
    } as const;
    assert.deepEqual(await statuses(`${service.url}/intake/okta/okta-main/events`, guess), limited(401));
  });

  await t.test('whoever looks for routes is counted', async () => {
    assert.deepEqual(await statuses(`${service.url}/admin`, from('192.0.2.5')), limited(404));
  });

  await t.test('all that one address asks for is counted together', async () => {
    const asked = ['/v1/cases', '/openapi.yaml', '/v1/targets', '/nothing', '/.well-known/jwks.json'];
    const seen = [];
    for (const path of asked) {
      seen.push((await send(`${service.url}${path}`, from('192.0.2.6'))).status);
    }
    assert.deepEqual(seen, [401, 200, 401, 404, 429]);
  });

  await t.test('probes are never limited, by an address that is over the limit neither, with a trailing slash neither', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/livez/', '/readyz/', '/livez?x=1']) {
      assert.deepEqual(new Set(await statuses(`${service.url}${path}`, from('192.0.2.1'))), new Set([200]), path);
    }
  });
});

test('without a proxy to trust, nobody gets out of the limit by claiming another address', async (t) => {
  const service = await startService(t, { config: { server: { rateLimit: { max: MAX, windowSeconds: 600 } } } });
  const seen: number[] = [];
  for (let host = 0; host < MAX + 2; host += 1) {
    const headers = [...(DELIVERY.headers ?? []), ['X-Forwarded-For', `192.0.2.${host}`] as const];
    seen.push((await send(`${service.url}/intake/okta/okta-main/events`, { ...DELIVERY, headers })).status);
  }
  assert.deepEqual(seen, [...Array(MAX).fill(204), 429, 429]);
});
