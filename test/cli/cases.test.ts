import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService, VIEWER_TOKEN } from '../support/service.ts';
import { operatorAt, runCommand } from './command.ts';

test('cases and show tell of a completed case, in a table and step by step', async (t) => {
  const service = await startService(t);
  const leaver = service.fastio.scenario.addUser({ email: 'ada@example.com', sessions: 1 });
  service.fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'Engines' });
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com', displayName: 'Ada' });
  const { id } = await service.untilState('ada@example.com', 'completed');
  const env = operatorAt(service.url, VIEWER_TOKEN);

  const cases = await runCommand(t, ['cases'], env);
  assert.equal(cases.code, 0);
  const [head = '', row = '', ...rest] = cases.stdout.trimEnd().split('\n');
  assert.match(head, /^CASE +STATE +PERSON +PLAYBOOK +STEPS/);
  assert.match(row, new RegExp(`^${id} +completed +ada@example.com +offboard +(\\d+)/\\1 `));
  assert.deepEqual(rest, []);

  const show = await runCommand(t, ['show', id], env);
  assert.equal(show.code, 0);
  assert.match(show.stdout, /^ada@example\.com {2}offboard {2}completed/);
  assert.match(show.stdout, /signal +user\.lifecycle\.deactivate from okta-main/);
  assert.match(show.stdout, /✓ {2}fastio {2}contain +suspend +verified +\d+ ms/);
  assert.match(show.stdout, /✓ {2}fastio {2}transfer +transfer-workspace Engines +verified/);
});

test('--json prints the very bytes of the API', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com' });
  const { id } = await service.untilState('ada@example.com', 'completed');
  const env = operatorAt(service.url);
  for (const [words, path] of [
    [['cases', '--json'], '/v1/cases'],
    [['cases', '--json', '--email', 'nobody@example.com'], '/v1/cases?email=nobody@example.com'],
    [['show', id, '--json'], `/v1/cases/${id}`],
  ] as const) {
    const response = await fetch(service.url + path, { headers: { authorization: `Bearer ${env['LEAVER_TOKEN']}` } });
    const { stdout, code } = await runCommand(t, words, env);
    assert.equal(code, 0);
    assert.equal(stdout, `${await response.text()}\n`);
  }
});

test('cases are narrowed by state, person, target and number, and a page leads to the next', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['held@example.com'] } } });
  for (const [digit, login] of ['held@example.com', 'b@example.com', 'c@example.com'].entries()) {
    service.fastio.scenario.addUser({ email: login });
    await service.okta.suspend({ id: `00u3m90rxKjGQ0G6L1d${digit}`, login });
  }
  await service.untilState('b@example.com', 'completed');
  await service.untilState('c@example.com', 'completed');
  const env = operatorAt(service.url);
  const peopleIn = async (...words: string[]): Promise<string[]> => {
    const { stdout, code } = await runCommand(t, ['cases', '--json', ...words], env);
    assert.equal(code, 0);
    return (JSON.parse(stdout) as { items: { person: { email: string } }[] }).items.map(({ person }) => person.email).sort();
  };
  assert.deepEqual(await peopleIn('--state', 'held'), ['held@example.com']);
  assert.deepEqual(await peopleIn('--email', 'C@example.com'), ['c@example.com']);
  assert.deepEqual(await peopleIn('--target', 'fastio', '--state', 'completed'), ['b@example.com', 'c@example.com']);
  assert.deepEqual(await peopleIn('--target', 'flashback'), []);

  const first = await runCommand(t, ['cases', '--limit', '2'], env);
  assert.equal(first.stdout.trimEnd().split('\n').length, 3);
  const cursor = /--cursor (\S+)/.exec(first.stderr)?.[1] ?? '';
  const second = await runCommand(t, ['cases', '--cursor', cursor], env);
  assert.match(second.stdout, /held@example\.com/);
  assert.equal(second.stdout.trimEnd().split('\n').length, 2);
  assert.equal(second.stderr, '');
});

test('no case is an answer, a case that does not exist is exit 3, an unknown state exit 2, a wrong token exit 1', async (t) => {
  const service = await startService(t);
  const env = operatorAt(service.url);
  assert.deepEqual(await runCommand(t, ['cases'], env), { code: 0, stdout: 'No cases.\n', stderr: '' });
  for (const id of ['00000000-0000-4000-8000-000000000000', 'no-id', '../cases', 'a b']) {
    const { code, stderr, stdout } = await runCommand(t, ['show', id], env);
    assert.equal(code, 3, id);
    assert.equal(stdout, '');
    assert.equal(stderr, `There is no case ${id}.\n`);
  }
  const state = await runCommand(t, ['cases', '--state', 'gone'], env);
  assert.equal(state.code, 2);
  assert.match(state.stderr, /state: .*"held"/);
  const token = await runCommand(t, ['cases', '--token', 'wrong'], env);
  assert.equal(token.code, 1);
  assert.match(token.stderr, /operator token.*LEAVER_TOKEN or --token/);
});

test('--url and --token come before the variables', async (t) => {
  const service = await startService(t);
  const { code } = await runCommand(
    t,
    ['cases', '--url', `${service.url}/`, '--token', VIEWER_TOKEN],
    operatorAt('http://127.0.0.1:9', 'x'),
  );
  assert.equal(code, 0);
});
