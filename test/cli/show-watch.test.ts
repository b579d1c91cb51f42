import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../support/service.ts';
import { operatorAt, runCommand, startCommand } from './command.ts';

test('show --watch stays while the case waits, and ends with 0 when it is completed', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  const hold = service.fastio.pause('remove', 'before-effect');
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com' });
  const id = (await service.caseOf('ada@example.com'))?.id ?? '';
  const watch = startCommand(t, ['show', id, '--watch'], operatorAt(service.url));
  await watch.untilSaid('remove-member');
  assert.equal(watch.child.exitCode, null);
  hold.release();
  const { code, stdout } = await watch.ended;
  assert.equal(code, 0);
  assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /state +completed$/);
});

test('show --watch looks past an earlier halt of the case that was resumed since', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  service.fastio.fail('suspend', { status: 403 });
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com' });
  const { id } = await service.untilState('ada@example.com', 'attention');
  const hold = service.fastio.pause('remove', 'before-effect');
  assert.equal((await runCommand(t, ['retry', id, '--reason', 'mended'], operatorAt(service.url))).code, 0);
  const watch = startCommand(t, ['show', id, '--watch'], operatorAt(service.url));
  await watch.untilSaid('remove-member');
  hold.release();
  const { code, stdout } = await watch.ended;
  assert.equal(code, 0);
  assert.match(stdout, /case +state +attention\n/);
});

test('show --watch of a case that is over shows it and ends: nothing is to be watched', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com' });
  const { id } = await service.untilState('ada@example.com', 'completed');
  const { code, stdout } = await runCommand(t, ['show', id, '--watch'], operatorAt(service.url));
  assert.equal(code, 0);
  assert.match(stdout, /^ada@example\.com {2}offboard {2}completed/);
});

test('show --watch --json prints the case and then each event, one JSON a line', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  const hold = service.fastio.pause('resolve', 'before-effect');
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com' });
  const id = (await service.caseOf('ada@example.com'))?.id ?? '';
  const watch = startCommand(t, ['show', id, '--watch', '--json'], operatorAt(service.url));
  await watch.untilSaid('step.started');
  hold.release();
  const { code, stdout } = await watch.ended;
  assert.equal(code, 0);
  const [first, ...events] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(first?.['id'], id);
  assert.equal(events[0]?.['kind'], 'case.opened');
  assert.deepEqual(events.at(-1)?.['change'], { from: 'running', to: 'completed', by: 'policy', reason: null, residual: [] });
});
