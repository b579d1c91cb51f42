import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sign } from '../intake/support/issuer.ts';
import { STATIC_TOKEN, setOperatorStage } from './support/operators.ts';

const CASE_ID = '0d6f0b5e-6f0a-4b65-9d0c-5a9f2f3c1b11';

test('every call that changes something is logged with who made it, and what came of it', async (t) => {
  const { call, claims, key, logged, logText } = await setOperatorStage(t);
  const signed = await sign(key, claims(), { typ: 'at+jwt' });
  await call(STATIC_TOKEN, 'POST', `/v1/cases/${CASE_ID}/change`);
  await call(signed, 'POST', '/v1/cases/ada@example.com/change');
  await call(signed, 'POST', '/v1/refused');
  const lines = logged().map(({ operator, role, method, route, caseId, status, code }) => ({
    operator,
    role,
    method,
    route,
    caseId,
    status,
    code,
  }));
  const change = { role: 'operator', method: 'POST', route: '/v1/cases/:id/change', status: 202, code: undefined };
  assert.deepEqual(lines, [
    { ...change, operator: 'it-desk', caseId: CASE_ID },
    { ...change, operator: 'oidc:u-1', caseId: undefined },
    { ...change, operator: 'oidc:u-1', caseId: undefined, route: '/v1/refused', status: undefined, code: 'conflict' },
  ]);
  assert.ok(![STATIC_TOKEN, signed, 'ada@example.com'].some((secret) => logText().includes(secret)), logText());
});

test('every refused call is logged with who it was, as far as that is known, and from where', async (t) => {
  const { call, logged, logText } = await setOperatorStage(t);
  await call('');
  await call('guessed-token');
  await call(STATIC_TOKEN, 'GET', '/v1/secrets');
  await call('guessed-token', 'POST', '/v1/refused');
  assert.deepEqual(
    logged().map(({ operator, method, route, code, from }) => [operator, method, route, code, from]),
    [
      [null, 'GET', '/v1/name', 'unauthorized', '127.0.0.1'],
      [null, 'GET', '/v1/name', 'unauthorized', '127.0.0.1'],
      ['it-desk', 'GET', '/v1/secrets', 'forbidden', '127.0.0.1'],
      [null, 'POST', '/v1/refused', 'unauthorized', '127.0.0.1'],
    ],
  );
  assert.doesNotMatch(logText(), /guessed-token|static-token/);
});

test('a call that only asks leaves no line', async (t) => {
  const { call, logged } = await setOperatorStage(t);
  assert.deepEqual([(await call(STATIC_TOKEN)).status, (await call('', 'GET', '/v1/open')).status], [200, 200]);
  assert.deepEqual(logged(), []);
});

test('a route of the operator API that does not come from where permissions are asked for keeps the service from starting', async (t) => {
  const { http } = await setOperatorStage(t);
  assert.throws(() => http.get('/v1/unguarded', async () => 'everything'), /GET \/v1\/unguarded does not say who may call it/);
});
