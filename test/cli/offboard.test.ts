import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService, VIEWER_TOKEN } from '../support/service.ts';
import { operatorAt, runCommand } from './command.ts';

test('offboard --watch prints a line for each recorded change of a step, and ends with 0 when the case is completed', async (t) => {
  const service = await startService(t);
  const leaver = service.fastio.scenario.addUser({ email: 'ada@example.com', sessions: 2 });
  service.fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'Engines\u001b[2J' });

  const { code, stdout, stderr } = await runCommand(
    t,
    ['offboard', 'ada@example.com', '--reason', 'last day', '--watch'],
    operatorAt(service.url),
  );

  assert.equal(stderr, '');
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.ok(lines.every((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}(fastio|case) /.test(line)));
  assert.match(stdout, /fastio +suspend +started\n/);
  assert.match(stdout, /fastio +suspend +verified +\d+ ms\n/);
  assert.match(lines.at(-1) ?? '', /case +state +completed/);
  assert.ok(stdout.includes('transfer-workspace Engines·[2J'), 'a name must not steer the terminal');
  const done = await service.caseOf('ada@example.com');
  assert.equal(done?.openedBy, 'it-desk');
  assert.equal(lines.filter((line) => / (verified|acknowledged|already-absent|not-offered) /.test(line)).length, done?.steps.length);
});

test('offboard --watch ends with 1 when the case needs a person, and says what for', async (t) => {
  const service = await startService(t);
  const { code, stderr } = await runCommand(t, ['offboard', 'nobody@example.com', '--watch'], operatorAt(service.url));
  assert.equal(code, 1);
  assert.match(stderr, /The case needs a person: .*no account in any target.*\n.*leaver retry \S+ --reason/);
});

test('offboard --watch of a protected person ends with 1 at once, because the case is held', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['ceo@example.com'] } } });
  service.fastio.scenario.addUser({ email: 'ceo@example.com' });
  const { code, stderr } = await runCommand(t, ['offboard', 'ceo@example.com', '--watch'], operatorAt(service.url));
  assert.equal(code, 1);
  assert.match(stderr, /The case is held: ceo@example\.com is protected.*\n.*leaver approve \S+ --reason/);
  assert.equal(service.fastio.requests.length, 0);
});

test('offboard without --watch ends when the case is accepted, and tells how to watch it', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  const { code, stdout, stderr } = await runCommand(t, ['offboard', 'ada@example.com'], operatorAt(service.url));
  assert.equal(code, 0);
  const done = await service.untilState('ada@example.com', 'completed');
  assert.ok(stdout.startsWith('ada@example.com  offboard  running'));
  assert.ok(stderr.includes(`leaver show ${done.id} --watch`));
});

test('contain locks out and goes no further; --json prints the answer of the API', async (t) => {
  const service = await startService(t);
  const leaver = service.fastio.scenario.addUser({ email: 'ada@example.com', sessions: 1, tokens: 1 });
  service.fastio.scenario.addWorkspace({ ownerId: leaver.id });
  const { code, stdout } = await runCommand(t, ['contain', 'ada@example.com', '--json'], operatorAt(service.url));
  assert.equal(code, 0);
  const { case: opened } = JSON.parse(stdout) as { case: { id: string; playbook: string } };
  assert.equal(opened.playbook, 'contain');
  assert.equal((await service.untilState('ada@example.com', 'completed')).id, opened.id);
  assert.deepEqual(service.fastio.leftovers(leaver.id), { member: true, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 1 });
});

for (const words of [
  ['plan', 'ada@example.com'],
  ['offboard', 'ada@example.com', '--dry-run'],
]) {
  test(`leaver ${words.join(' ')} names every step and touches nothing`, async (t) => {
    const service = await startService(t, { config: { policy: { protected: ['ada@example.com'] } } });
    const leaver = service.fastio.scenario.addUser({ email: 'ada@example.com', sessions: 1 });
    service.fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'Engines' });
    const { code, stdout } = await runCommand(t, words, operatorAt(service.url));
    assert.equal(code, 0);
    assert.match(stdout, /^To offboard ada@example\.com; nothing was touched\.\nThe case would be held: .*protected/);
    assert.match(stdout, /fastio: account found\n/);
    assert.match(stdout, /contain +suspend\n/);
    assert.match(stdout, /transfer +transfer-workspace +Engines \(\d+\)\n/);
    assert.match(stdout, /remove +remove-member\n/);
    assert.deepEqual(service.fastio.effects, []);
    assert.equal(await service.caseOf('ada@example.com'), null);
  });
}

test('plan --playbook contain leaves out what takes things away, and --json is the plan of the API', async (t) => {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  const words = ['plan', 'ada@example.com', '--playbook', 'contain', '--json'];
  const { code, stdout } = await runCommand(t, words, operatorAt(service.url));
  assert.equal(code, 0);
  const { plan } = JSON.parse(stdout) as { plan: { targets: { steps: { phase: string }[] }[] } };
  assert.deepEqual([...new Set(plan.targets.flatMap(({ steps }) => steps.map(({ phase }) => phase)))], ['resolve', 'contain']);
});

test('what is no e-mail address is a mistake in its use, and a viewer may not offboard', async (t) => {
  const service = await startService(t);
  const bad = await runCommand(t, ['offboard', 'ada'], operatorAt(service.url));
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /email: /);
  const forbidden = await runCommand(t, ['offboard', 'ada@example.com'], operatorAt(service.url, VIEWER_TOKEN));
  assert.equal(forbidden.code, 1);
  assert.match(forbidden.stderr, /auditor has the role viewer; this needs operator/);
});
