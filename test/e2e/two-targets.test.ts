import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { startFlashback } from '../../src/sandbox/flashback/flashback.ts';
import { operatorAt, runCommand } from '../cli/command.ts';
import { eventually } from '../support/eventually.ts';
import { SUCCESSOR_ID, startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const LEAVER = 'lee.aver@example.com';
type Both = Awaited<ReturnType<typeof bothTargets>>;

const FLASHBACK_DOWN = { status: 502, text: '<html>bad gateway</html>' };

/** The service over one Fastio and one Flashback, in each of which the leaver is the only one who looks after a workspace. */
async function bothTargets(t: TestContext, deadlineMs: number) {
  const flashback = await startFlashback({ token: 'flashback-token-of-the-tests' });
  undo(t, async () => await flashback.close());
  const fastio = await startFastio({ latencyMs: { suspend: 200 } });
  undo(t, async () => await fastio.close());
  fastio.scenario.addUser({ id: SUCCESSOR_ID, email: 'successor@example.com' });
  const left = fastio.scenario.addUser({ email: LEAVER });
  fastio.scenario.addWorkspace({ ownerId: left.id });
  const successor = flashback.scenario.addPerson({ email: 'successor@example.com' });
  const leaver = flashback.scenario.addPerson({ email: LEAVER });
  const workspace = flashback.scenario.addWorkspace({ members: { [leaver.id]: 'ADMIN' } });
  flashback.expectLeaver(leaver.id);
  const service = await startService(t, {
    sandbox: fastio,
    config: {
      targets: [
        { id: 'fastio', kind: 'fastio', baseUrl: fastio.url, token: fastio.token, orgId: fastio.orgId, fallbackOwnerId: SUCCESSOR_ID },
        { id: 'flashback', kind: 'flashback', baseUrl: flashback.url, token: flashback.token, fallbackOwnerId: successor.id },
      ],
      policy: { stepRetry: { minDelayMs: 100, maxDelayMs: 200, deadlineMs } },
      http: { timeoutMs: 1_000, retry: { attempts: 1, minDelayMs: 10, maxDelayMs: 10 } },
    },
  });
  return { ...service, flashback, leaver, successor, workspace, left };
}

test('a case over Fastio and Flashback contains both before it hands over in either, and ends with nothing left in them', async (t) => {
  const { okta, call, untilState, fastio, flashback, leaver, successor, workspace, left } = await bothTargets(t, 60_000);
  assert.equal((await call('POST', '/v1/cases', { email: LEAVER, playbook: 'offboard', reason: 'a look', dryRun: true })).status, 200);
  assert.deepEqual([fastio.effects.length, flashback.count(/^(?!GET )/)], [0, 0], 'a plan changes nothing');
  assert.equal((await okta.deactivate({ id: '00ulee', login: LEAVER })).status, 204);
  const { id, steps, containedAt, successor: chosen } = await untilState(LEAVER, 'completed');

  const contained = steps
    .filter(({ phase }) => phase === 'resolve' || phase === 'contain')
    .map(({ finishedAt }) => Date.parse(finishedAt ?? ''));
  const changes = steps
    .filter(({ phase }) => phase === 'transfer' || phase === 'remove')
    .map(({ startedAt }) => Date.parse(startedAt ?? ''));
  assert.ok(Math.max(...contained) <= Math.min(...changes), JSON.stringify(steps));
  const lockedOut = steps.filter(({ phase, outcome }) => phase === 'contain' && outcome !== 'not-offered');
  assert.equal(
    containedAt,
    lockedOut
      .map(({ finishedAt }) => finishedAt)
      .sort()
      .at(-1),
    'what Flashback cannot do contained nobody',
  );
  assert.ok(chosen !== null);
  assert.deepEqual(
    steps.filter(({ target }) => target === 'flashback').map(({ action, subject, outcome }) => [action, subject, outcome]),
    [
      ['resolve-account', null, 'verified'],
      ['suspend', null, 'not-offered'],
      ['revoke-sessions', null, 'not-offered'],
      ['delete-tokens', null, 'not-offered'],
      ['list-workspaces', null, 'verified'],
      ['delete-webhooks', null, 'not-offered'],
      ['ensure-admin', workspace.id, 'verified'],
      ['transfer-ownership', null, 'not-offered'],
      ['remove-from-workspace', workspace.id, 'verified'],
      ['remove-from-organization', null, 'verified'],
      ['verify-removal', null, 'verified'],
      ['verify-audit', null, 'not-offered'],
    ],
  );
  const { body: evidence } = await call('GET', `/v1/cases/${id}/evidence`);
  assert.match(JSON.stringify(evidence), /"lasts":"up to 1 hour after the removal/);
  assert.deepEqual([flashback.membershipsOf(leaver.id), workspace.members[successor.id]], [[], 'ADMIN']);
  assert.equal(fastio.leftovers(left.id).member, false);
  assert.deepEqual([...flashback.violations, ...fastio.violations], []);
});

const EVERYWHERE = { times: Number.POSITIVE_INFINITY };

/** Of each target: how it goes down for good, and what of the leaver is there. */
const DOWN = {
  fastio: ({ fastio }: Both) => fastio.fail('resolve', { status: 502, body: 'html' }, EVERYWHERE),
  flashback: ({ flashback }: Both) => flashback.fail(/./, FLASHBACK_DOWN, EVERYWHERE),
} as const;
const REMAINS = {
  fastio: ({ fastio, left }: Both) => fastio.leftovers(left.id).member,
  flashback: ({ flashback, leaver }: Both) => flashback.membershipsOf(leaver.id).length > 0,
} as const;
const LEFT = {
  fastio:
    'resolve-account, suspend, list-workspaces, revoke-sessions, delete-tokens, delete-webhooks, remove-member, verify-audit, notify-successor',
  // What is not offered is stated once the account is known, which it never was.
  flashback:
    'resolve-account, suspend, revoke-sessions, delete-tokens, list-workspaces, delete-webhooks, transfer-ownership, remove-from-organization, verify-removal, verify-audit',
} as const;

for (const [down, up] of [
  ['flashback', 'fastio'],
  ['fastio', 'flashback'],
] as const) {
  test(`${down} down for good leaves ${up} completed, and the case and the command line tell a person what is left where`, async (t) => {
    const both = await bothTargets(t, 1_500);
    const { okta, caseOf, fastio, flashback, url } = both;
    DOWN[down](both);
    assert.equal((await okta.deactivate({ id: '00ulee', login: LEAVER })).status, 204);
    const { id, reason, left } = await eventually(`${up} is done, and the case needs attention`, async () => {
      const found = await caseOf(LEAVER);
      const isDone = found?.steps.every(({ target, state }) => target !== up || state === 'done');
      return found?.state === 'attention' && isDone ? found : null;
    });

    assert.match(reason ?? '', new RegExp(`^${down}(: GET /\\S+ answered 502| has not answered since .*resolve-account)`));
    assert.deepEqual(left, [{ target: down, actions: LEFT[down].split(', ') }]);
    assert.deepEqual([REMAINS[up](both), REMAINS[down](both)], [false, true]);
    assert.deepEqual([...flashback.violations, ...fastio.violations], []);
    const { stdout, code } = await runCommand(t, ['show', id], operatorAt(url));
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^.* attention .*\\n[\\s\\S]*\\n {2}left +${down}: ${LEFT[down]}\\n`));
    assert.doesNotMatch(stdout, new RegExp(`\\n {2}left +${up}:`));
  });
}
