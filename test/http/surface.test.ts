import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { OPERATOR_TOKEN, startService } from '../support/service.ts';
import { send } from './support/send.ts';

const OPERATOR = ['authorization', `Bearer ${OPERATOR_TOKEN}`] as const;

const SECURITY_HEADERS: readonly (readonly [string, RegExp])[] = [
  ['x-content-type-options', /^nosniff$/],
  ['x-frame-options', /^DENY$/],
  ['referrer-policy', /^no-referrer$/],
  ['content-security-policy', /^default-src 'none'/],
  ['strict-transport-security', /max-age=\d{7,}/],
  ['cross-origin-opener-policy', /^same-origin$/],
  ['cross-origin-resource-policy', /^same-origin$/],
];

test('what every answer of the service has in common', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  await service.okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  const { id } = await service.untilState('ada@example.com', 'completed');

  for (const where of [
    '/livez',
    '/v1/cases',
    `/v1/cases/${id}`,
    `/v1/cases/${id}/stream`,
    '/openapi.yaml',
    '/nothing',
    '/intake/okta/okta-main/events',
  ]) {
    await t.test(
      `${where.replace(id, '{id}')} has the headers that browsers are told to be careful by, and none that names the server`,
      async () => {
        const { headers } = await send(`${service.url}${where}`, { headers: [OPERATOR] });
        for (const [name, form] of SECURITY_HEADERS) {
          assert.match(String(headers[name]), form, name);
        }
        assert.deepEqual(
          [headers['server'], headers['x-powered-by'], headers['access-control-allow-origin']],
          [undefined, undefined, undefined],
        );
      },
    );
  }

  for (const where of ['/livez', '/readyz', '/v1/cases', `/v1/cases/${id}`, '/openapi.yaml', '/.well-known/jwks.json', '/nothing']) {
    await t.test(`HEAD ${where.replace(id, '{id}')} is a GET without its body`, async () => {
      const [head, get] = [
        await send(`${service.url}${where}`, { method: 'HEAD', headers: [OPERATOR] }),
        await send(`${service.url}${where}`, { headers: [OPERATOR] }),
      ];
      assert.deepEqual([head.status, head.text, head.headers['content-type']], [get.status, '', get.headers['content-type']]);
    });
  }

  await t.test('HEAD is not a way around the check of who asks', async () => {
    assert.equal((await send(`${service.url}/v1/cases`, { method: 'HEAD' })).status, 401);
    assert.equal((await send(`${service.url}/v1/cases/${id}/stream`, { method: 'HEAD' })).status, 401);
  });

  for (const method of ['OPTIONS', 'TRACE', 'PUT', 'DELETE', 'PATCH']) {
    await t.test(`${method} does nothing, and allows no other site anything`, async () => {
      const headers = [OPERATOR, ['origin', 'https://evil.example'], ['access-control-request-method', 'POST']] as const;
      const answer = await send(`${service.url}/v1/cases`, { method, headers });
      assert.equal(answer.status, 404);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith('access-control-')),
        [],
      );
    });
  }

  await t.test('a trailing slash is the same address', async () => {
    assert.equal((await send(`${service.url}/v1/cases/${id}/`, { headers: [OPERATOR] })).status, 200);
  });

  await t.test('/openapi.yaml is the description that stands in the project', async () => {
    const { status, headers, text } = await send(`${service.url}/openapi.yaml`);
    assert.deepEqual([status, headers['content-type']], [200, 'application/yaml']);
    assert.equal(text, await readFile(path.join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8'));
  });
});
