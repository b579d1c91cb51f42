import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bothTargets, LEAVER } from '../support/both-targets.ts';
import { eventually } from '../support/eventually.ts';
import { operatorAt, runCommand } from './command.ts';

/** The lines of one target: its name, and what is indented under it. */
function partOf(stdout: string, target: string): string {
  return stdout.split('\n\n').find((part) => part.startsWith(`${target}: `)) ?? '';
}

const columns = (line: string): string[] => line.trim().split(/ {2,}/);

test('a plan says per target what would happen, to what, in which order, and what cannot be done, without a single change', async (t) => {
  const { url, caseOf, fastio, flashback, left, leaver, workspace } = await bothTargets(t);
  const { code, stdout } = await runCommand(t, ['plan', LEAVER], operatorAt(url));
  assert.equal(code, 0);

  const ofFastio = partOf(stdout, 'fastio');
  assert.match(
    ofFastio,
    new RegExp(
      `^fastio: account found\\n  the account ${left.id}\\n  what it looks after goes to successor@example\\.com \\(fallback\\)\\n`,
    ),
  );
  const steps = ofFastio.split('\n').slice(3).map(columns);
  assert.deepEqual(
    steps.map(([, action]) => action),
    [
      'resolve-account',
      'suspend',
      'list-workspaces',
      'revoke-sessions',
      'delete-tokens',
      'delete-webhooks',
      'transfer-workspace',
      'remove-member',
      'verify-audit',
      'notify-successor',
    ],
  );
  assert.match(steps[6]?.[2] ?? '', /^Engines \(\d+\)$/);

  const ofFlashback = partOf(stdout, 'flashback');
  assert.match(ofFlashback, new RegExp(`\n  the account ${leaver.id}\n`));
  assert.match(ofFlashback, new RegExp(`\n  remove +remove-from-workspace +Research \\(${workspace.id}\\)\n`));
  assert.match(ofFlashback, /\n {2}contain +suspend +cannot be done\n/);
  const lacks = ofFlashback.split('  What cannot be done:\n')[1] ?? '';
  assert.match(
    lacks,
    /^ {4}suspend: Flashback has no call that locks .* It lasts until they are taken out .* end it at the identity provider/,
  );
  assert.match(
    lacks,
    /\n {4}revoke-sessions: .* It lasts up to 1 hour after the removal; .* End the person's session at the identity provider\./,
  );
  assert.equal(lacks.trimEnd().split('\n').length, 6);
  assert.match(stdout, /\nIn each target from top to bottom\. All targets are locked first/);

  assert.deepEqual([...new Set(fastio.requests.map(({ method }) => method))], ['GET']);
  assert.deepEqual([flashback.count(/^GET /) > 0, flashback.count(/^(?!GET )/)], [true, 0]);
  assert.deepEqual([fastio.effects.length, flashback.effects.length, await caseOf(LEAVER)], [0, 0, null]);
  assert.deepEqual([...fastio.violations, ...flashback.violations], []);
});

test('a plan names no successor who is leaving too', async (t) => {
  const { call, caseOf, successor } = await bothTargets(t, { policy: { graceSeconds: 3_600 } });
  const theirs = { email: successor.email, playbook: 'offboard', reason: 'leaves too' };
  assert.equal((await call('POST', '/v1/cases', theirs)).status, 202);
  await eventually('the account of the successor is known to be one of a leaver', async () => {
    const steps = (await caseOf('successor@example.com'))?.steps ?? [];
    return steps.some(({ target, phase, state }) => target === 'fastio' && phase === 'resolve' && state === 'done');
  });
  const { body } = await call('POST', '/v1/cases', { email: LEAVER, playbook: 'offboard', reason: 'a look', dryRun: true });
  assert.match(JSON.stringify(body), /"problem":"fastio: [^"]* is leaving too/);
});

test('once a case is done, show says what was not offered, and the plan of somebody unknown has nothing in it', async (t) => {
  const { url, call, untilState } = await bothTargets(t);
  await call('POST', '/v1/cases', { email: LEAVER, playbook: 'offboard', reason: 'left' });
  const { id } = await untilState(LEAVER, 'completed');
  const { stdout } = await runCommand(t, ['show', id], operatorAt(url));
  assert.match(
    stdout,
    /\nWhat was not offered:\n {2}fastio notify-successor {2}Not told by mail: no mail server is configured .*; a person should tell/,
  );
  assert.match(stdout, /\n {2}flashback suspend {2}Flashback has no call that locks an account out/);
  const nobody = await runCommand(t, ['plan', 'nobody@example.com'], operatorAt(url));
  assert.match(nobody.stdout, /\n\nfastio: account absent\n\nflashback: account absent\n/);
});
