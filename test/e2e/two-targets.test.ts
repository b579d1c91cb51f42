import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { startFlashback } from '../../src/sandbox/flashback/flashback.ts';
import { eventually } from '../support/eventually.ts';
import { SUCCESSOR_ID, startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const LEAVER = 'lee.aver@example.com';
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

test('Flashback down for good leaves Fastio completed, and the case tells a person what is left where', async (t) => {
  const { okta, caseOf, fastio, flashback, leaver, left } = await bothTargets(t, 1_500);
  flashback.fail(/./, FLASHBACK_DOWN, { times: Number.POSITIVE_INFINITY });
  assert.equal((await okta.deactivate({ id: '00ulee', login: LEAVER })).status, 204);
  const { reason, steps } = await eventually('Fastio is done, and the case needs attention', async () => {
    const found = await caseOf(LEAVER);
    const isLeft = found?.steps.every(({ target, state }) => target !== 'fastio' || state === 'done');
    return found?.state === 'attention' && isLeft ? found : null;
  });

  assert.match(reason ?? '', /^flashback\b.*resolve-account|^flashback: GET \/user\/profile answered 502/);
  const open = steps.filter(({ state }) => state !== 'done' && state !== 'skipped');
  assert.ok(open.length > 0 && open.every(({ target }) => target === 'flashback'), JSON.stringify(open));
  assert.equal(fastio.leftovers(left.id).member, false);
  assert.equal(flashback.membershipsOf(leaver.id).length, 1);
  assert.deepEqual([...flashback.violations, ...fastio.violations], []);
});
