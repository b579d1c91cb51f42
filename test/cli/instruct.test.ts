import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../support/service.ts';
import { operatorAt, runCommand } from './command.ts';

test('approve lets a held case go on, and only once', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['ceo@example.com'] } } });
  service.fastio.scenario.addUser({ email: 'ceo@example.com' });
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ceo@example.com' });
  const { id } = await service.untilState('ceo@example.com', 'held');
  const env = operatorAt(service.url);

  const approved = await runCommand(t, ['approve', id, '--reason', 'the board decided'], env);
  assert.equal(approved.code, 0);
  assert.ok(approved.stdout.startsWith('ceo@example.com  offboard  running'));
  await service.untilState('ceo@example.com', 'completed');

  const again = await runCommand(t, ['approve', id, '--reason', 'once more'], env);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /Nothing was changed: the case is completed; only a held case can be approved/);
});

test('retry takes up what failed, and --json prints the answer of the API', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  service.fastio.fail('suspend', { status: 403 });
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com' });
  const { id } = await service.untilState('ada@example.com', 'attention');
  const { code, stdout } = await runCommand(t, ['retry', id, '--reason', 'the scope was given', '--json'], operatorAt(service.url));
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as { case: { id: string } }).case.id, id);
  await service.untilState('ada@example.com', 'completed');
});

test('a case that does not exist cannot be instructed: exit 3', async (t) => {
  const service = await startService(t);
  for (const kind of ['approve', 'retry']) {
    const { code } = await runCommand(t, [kind, '00000000-0000-4000-8000-000000000000', '--reason', 'x'], operatorAt(service.url));
    assert.equal(code, 3);
  }
});
