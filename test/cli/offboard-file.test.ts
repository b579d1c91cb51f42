import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { startService, type TestService, temporaryFolder } from '../support/service.ts';
import { operatorAt, runCommand } from './command.ts';

async function leaversFile(t: TestContext, ...lines: readonly string[]): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'leavers.csv');
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** A service with accounts for these people. */
async function staffed(t: TestContext, emails: readonly string[], options?: Parameters<typeof startService>[1]): Promise<TestService> {
  const service = await startService(t, options);
  for (const email of emails) {
    service.fastio.scenario.addUser({ email });
  }
  return service;
}

async function caseCount({ call }: TestService): Promise<number> {
  return ((await call('GET', '/v1/cases')).body as { items: unknown[] }).items.length;
}

const lineFor = (stdout: string, email: string): string => stdout.split('\n').find((line) => line.startsWith(email)) ?? '';

test('a file is looked up, shown, and with --yes started; run again it starts nobody, watches to the end and sums up', async (t) => {
  const service = await staffed(t, ['ada@example.com', 'grace@example.com']);
  const file = await leaversFile(t, 'email,playbook,reason', 'ada@example.com,,last day', 'grace@example.com,contain,');
  const words = ['offboard', '--file', file, '--yes', '2'];

  const first = await runCommand(t, words, operatorAt(service.url));
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assert.match(
    first.stdout,
    /^PERSON +PLAYBOOK +WHAT WOULD HAPPEN\nada@example\.com +offboard +fastio \d+ steps\ngrace@example\.com +contain +fastio \d+ steps\n/,
  );
  assert.match(first.stdout, /\nada@example\.com {2}started {2}\S+\n/);
  assert.match(first.stdout, /\n2 people: 2 started, 0 had a case already\.\n$/);
  const ada = await service.untilState('ada@example.com', 'completed');

  const again = await runCommand(t, [...words, '--watch'], operatorAt(service.url));
  assert.equal(again.code, 0);
  assert.match(again.stdout, /^Nobody is to be started\.\n\nA case already, so that it is not started again: 2 people\n/);
  assert.match(again.stdout, new RegExp(`completed +ada@example\\.com +offboard +${ada.id}`));
  assert.match(again.stdout, /\ngrace@example\.com {2}completed {2}\S+\n/);
  assert.match(again.stdout, /\n2 people: 0 started, 2 had a case already\.\n$/);
  assert.equal(await caseCount(service), 2);
});

test('--dry-run shows what would happen to each, and why a person would be needed, and touches nothing', async (t) => {
  const service = await staffed(t, ['ada@example.com', 'ceo@example.com'], { config: { policy: { protected: ['ceo@example.com'] } } });
  const file = await leaversFile(t, 'email', 'ada@example.com', 'ceo@example.com', 'nobody@example.com');
  const { code, stdout } = await runCommand(t, ['offboard', '--file', file, '--dry-run'], operatorAt(service.url));
  assert.equal(code, 0);
  assert.match(lineFor(stdout, 'ceo@example.com'), /offboard +held: ceo@example\.com is protected .*; fastio \d+ steps$/);
  assert.match(lineFor(stdout, 'nobody@example.com'), /offboard +fastio account absent$/);
  assert.deepEqual([service.fastio.effects.length, await caseCount(service)], [0, 0]);
});

test('where a line is wrong, a number is wrong, or nobody can confirm, the service is not even asked: exit 2', async (t) => {
  const nowhere = operatorAt('http://127.0.0.1:9');
  const good = await leaversFile(t, 'email', 'ada@example.com');
  const bad = await leaversFile(t, 'email', 'ada@example.com', 'ada@example.com');
  const mistakes = [
    [['--file', bad, '--yes', '2'], /line 3, column email: ada@example\.com stands in line 2 already/],
    [['--file', good], /no terminal .* write --yes 1,/],
    [['--file', good, 'ada@example.com'], /either an e-mail address or '--file'/],
    [['ada@example.com', '--yes', '1'], /are for '--file'/],
    [[], /either an e-mail address or '--file'/],
  ] as const;
  await Promise.all(
    mistakes.map(async ([words, wrong]) => {
      const { code, stdout, stderr } = await runCommand(t, ['offboard', ...words], nowhere);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, wrong);
    }),
  );
  assert.equal((await runCommand(t, ['offboard', '--file', `${good}.no`, '--yes', '1'], nowhere)).code, 3);
  assert.equal((await runCommand(t, ['offboard', '--file', good, '--yes', '1'], nowhere)).code, 75);
});

test('exit 1 when anybody of the file needs a person, also when the file is run again; --json says it all on lines of its own', async (t) => {
  const service = await staffed(t, ['ada@example.com', 'ceo@example.com'], { config: { policy: { protected: ['ceo@example.com'] } } });
  const file = await leaversFile(t, 'email', 'ada@example.com', 'ceo@example.com');
  const words = ['offboard', '--file', file, '--yes', '2', '--watch', '--json'];
  const { code, stdout, stderr } = await runCommand(t, words, operatorAt(service.url));
  assert.equal(code, 1);
  assert.match(stderr, /A person is needed for one case: leaver show <id> says what for/);
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; email?: string; case?: { state: string } });
  const eventsOf = (email: string) => told.filter((one) => one.email === email).map(({ event }) => event);
  assert.deepEqual(eventsOf('ada@example.com'), ['planned', 'started', 'settled']);
  assert.deepEqual(eventsOf('ceo@example.com'), ['planned', 'started', 'settled']);
  assert.deepEqual(told.at(-1), { event: 'summary', people: 2, started: 2, already: 0, failed: 0, needPerson: 1 });

  const again = await runCommand(t, ['offboard', '--file', file, '--yes', '2'], operatorAt(service.url));
  assert.equal(again.code, 1);
  assert.match(again.stdout, /\nA person is needed:\n {2}held +ceo@example\.com /);
});

test('whoever was only locked out is taken out, whose case was taken back is told of, and --again begins anew', async (t) => {
  const service = await staffed(t, ['ada@example.com', 'grace@example.com'], { config: { policy: { graceSeconds: 3_600 } } });
  await service.call('POST', '/v1/cases', { email: 'ada@example.com', playbook: 'contain', reason: 'first' });
  await service.call('POST', '/v1/cases', { email: 'grace@example.com', playbook: 'offboard', reason: 'by mistake' });
  await service.untilState('ada@example.com', 'completed');
  const { id } = await service.untilState('grace@example.com', 'waiting');
  await service.call('POST', `/v1/cases/${id}/cancel`, { reason: 'stays' });
  await service.untilState('grace@example.com', 'cancelled');

  const file = await leaversFile(t, 'email', 'ada@example.com', 'grace@example.com');
  const words = ['offboard', '--file', file, '--yes', '2'];
  const first = await runCommand(t, words, operatorAt(service.url));
  assert.equal(first.code, 1, 'a case that was taken back is no success');
  assert.match(first.stdout, /\nada@example\.com {2}started /);
  assert.match(first.stdout, /A person is needed:\n {2}cancelled +grace@example\.com /);

  const again = await runCommand(t, [...words, '--again'], operatorAt(service.url));
  assert.equal(again.code, 0);
  assert.doesNotMatch(again.stdout, /\nada@example\.com {2}started /);
  assert.match(again.stdout, /\ngrace@example\.com {2}started /);
});
