import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../src/http/problem.ts';
import { ERROR_CODES, type ErrorCode } from '../../src/kernel/errors.ts';
import { createLog } from '../../src/kernel/log.ts';
import { rows } from '../intake/support/rows.ts';
import { HOOK_SECRET, OPERATOR_TOKEN, startService, VIEWER_TOKEN } from '../support/service.ts';
import { type Answer, type Message, send } from './support/send.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ABSENT = '00000000-0000-4000-8000-000000000000';
const OPERATOR = ['Authorization', `Bearer ${OPERATOR_TOKEN}`] as const;
const VIEWER = ['Authorization', `Bearer ${VIEWER_TOKEN}`] as const;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

function post(...headers: (readonly [string, string])[]): (body: string) => Message {
  return (body) => ({ method: 'POST', headers, body });
}

const asOperator = post(OPERATOR, JSON_TYPE);

const PROBLEMS: readonly (readonly [string, ErrorCode, string, Message])[] = [
  ['a body of a wrong form', 'invalid-request', '/v1/cases', asOperator('{}')],
  ['a body that is no JSON', 'invalid-request', '/v1/cases', asOperator('{')],
  ['no body', 'invalid-request', '/v1/cases', asOperator('')],
  ['a body that reaches for the prototype', 'invalid-request', '/v1/cases', asOperator('{"__proto__":{"role":"admin"}}')],
  ['a query of a wrong form', 'invalid-request', '/v1/cases?limit=0', { headers: [VIEWER] }],
  ['a path that is no text', 'invalid-request', '/v1/cases/%zz', { headers: [VIEWER] }],
  ['no token', 'unauthorized', '/v1/cases', {}],
  ['another scheme than Bearer', 'unauthorized', '/v1/cases', { headers: [['Authorization', `Basic ${OPERATOR_TOKEN}`]] }],
  ['a token without its last letter', 'unauthorized', '/v1/cases', { headers: [['Authorization', OPERATOR[1].slice(0, -1)]] }],
  ['a token without its first letter', 'unauthorized', '/v1/cases', { headers: [['Authorization', `Bearer ${OPERATOR_TOKEN.slice(1)}`]] }],
  ['a token with a letter more', 'unauthorized', '/v1/cases', { headers: [['Authorization', `${OPERATOR[1]}x`]] }],
  ['a token in the query', 'unauthorized', `/v1/cases?access_token=${OPERATOR_TOKEN}`, {}],
  ['a role too low, before the body is looked at', 'forbidden', '/v1/cases', post(VIEWER, JSON_TYPE)('{')],
  ['a case that is not there', 'not-found', `/v1/cases/${ABSENT}`, { headers: [VIEWER] }],
  ['an id that cannot be one', 'not-found', '/v1/cases/%00', { headers: [VIEWER] }],
  ['an endless id', 'not-found', `/v1/cases/${'x'.repeat(5_000)}`, { headers: [VIEWER] }],
  ['the stream of a case that is not there', 'not-found', `/v1/cases/${ABSENT}/stream`, { headers: [VIEWER] }],
  ['the evidence of a case that is not there', 'not-found', `/v1/cases/${ABSENT}/evidence`, { headers: [VIEWER] }],
  ['an instruction to a case that is not there', 'not-found', `/v1/cases/${ABSENT}/retry`, asOperator('{"reason":"x"}')],
  ['a route that is not there', 'not-found', '/v1/nothing?key=value', {}],
  ['a method that a route does not have', 'not-found', '/v1/cases', { method: 'DELETE', headers: [OPERATOR] }],
  ['the root', 'not-found', '/', {}],
  ['a body that is too large', 'payload-too-large', '/v1/cases', { ...asOperator('{'), claimedLength: 1_048_577 }],
  ['a body of another type', 'unsupported-media-type', '/v1/cases', post(OPERATOR, ['Content-Type', 'application/xml'])('<a/>')],
];

function problemIn({ status, headers, text }: Answer): Problem {
  const problem = JSON.parse(text) as Problem;
  assert.match(headers['content-type'] ?? '', /^application\/problem\+json\b/);
  assert.equal(problem.status, status);
  assert.match(problem.instance, UUID);
  assert.ok(problem.detail.length > 0);
  return problem;
}

test('every error is a problem', async (t) => {
  const lines: string[] = [];
  const log = createLog({ level: 'error', destination: { write: (line) => void lines.push(line) } });
  const service = await startService(t, { log, config: { policy: { protected: ['*@example.com'] } } });

  for (const [what, code, path, message] of PROBLEMS) {
    await t.test(`${what} is ${code}`, async () => {
      const answer = await send(`${service.url}${path}`, message);
      const { type, title, errors, instance: _, detail, ...rest } = problemIn(answer);
      assert.deepEqual([type, answer.status, title], [`urn:leaver:problem:${code}`, ERROR_CODES[code].status, ERROR_CODES[code].title]);
      assert.deepEqual(Object.keys(rest), ['status']);
      assert.equal(errors !== undefined, /of a wrong form/.test(what));
      assert.doesNotMatch(detail, /node_modules|\.ts\b|key=value/);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    });
  }

  await t.test('what the state of a case forbids is a conflict that says why', async () => {
    await service.call('POST', '/v1/cases', { email: 'ceo@example.com', playbook: 'offboard', reason: 'a test' });
    const { id } = await service.untilState('ceo@example.com', 'held');
    const { type, detail } = problemIn(await send(`${service.url}/v1/cases/${id}/retry`, asOperator('{"reason":"a test"}')));
    assert.equal(type, 'urn:leaver:problem:conflict');
    assert.match(detail, /the case is held/);
  });

  await t.test('none of this was an error of the service', () => assert.deepEqual(lines, []));

  await t.test('a fault of our own tells the caller nothing but where the log has it', async () => {
    await rows(service.databaseUrl, 'alter table offboarding_case rename to hidden_away');
    const answer = await send(`${service.url}/v1/cases`, { headers: [VIEWER] });
    await rows(service.databaseUrl, 'alter table hidden_away rename to offboarding_case');
    const problem = problemIn(answer);
    assert.deepEqual([answer.status, problem.type], [500, 'urn:leaver:problem:internal']);
    assert.doesNotMatch(answer.text, /offboarding_case|relation|select|postgres|node_modules|\.ts|at |stack/i);
    const logged = lines.filter((line) => line.includes(problem.instance));
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? '', /offboarding_case/);
  });

  await t.test('no log line of an error has a token or a secret', () => {
    assert.deepEqual(
      lines.filter((line) => [OPERATOR_TOKEN, VIEWER_TOKEN, HOOK_SECRET].some((secret) => line.includes(secret))),
      [],
    );
  });
});
