import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Check } from '../../src/kernel/check.ts';
import { describeTarget } from '../../src/targets/manifest.ts';
import type { Target } from '../../src/targets/target.ts';
import { fastioStage } from './support/fastio-stage.ts';
import { flashbackStage } from './support/flashback-stage.ts';

const looked = async (target: Target): Promise<readonly Check[]> => (await target.inspect?.(AbortSignal.timeout(5_000))) ?? [];
const verdicts = (checks: readonly Check[]): Record<string, string> =>
  Object.fromEntries(checks.map(({ what, verdict }) => [what, verdict]));
const advice = (checks: readonly Check[]): string =>
  checks.flatMap(({ verdict, detail }) => (verdict === 'fix' ? [detail] : [])).join('\n');

/** A Flashback whose account of Leaver is ADMIN of one workspace and is in another. */
async function flashbackWith(t: TestContext, options: Parameters<typeof flashbackStage>[1] = {}) {
  const stage = await flashbackStage(t, options);
  stage.flashback.scenario.addWorkspace({ id: 'ws-1', name: 'Research' });
  return stage;
}

test('fastio: what the token may read is found out by one row of each list, and nothing is changed', async (t) => {
  const { target, fastio } = await fastioStage(t);
  const checks = await looked(target);
  assert.deepEqual(verdicts(checks), {
    'read the members': 'fine',
    'read what somebody owns': 'fine',
    'read the webhooks': 'fine',
    'read the audit log': 'fine',
    'change accounts': 'unclear',
  });
  assert.match(checks.at(-1)?.detail ?? '', /needs the scopes org:admin and users:manage/);
  assert.deepEqual(
    fastio.requests.map(({ call, method }) => [call, method]),
    [
      ['resolve', 'GET'],
      ['inventory', 'GET'],
      ['listWebhooks', 'GET'],
      ['audit', 'GET'],
    ],
  );
});

test('fastio: a list that the token may not read is named with the setting to change, and the others are still looked at', async (t) => {
  const { target, fastio } = await fastioStage(t);
  fastio.fail('listWebhooks', { status: 403 });
  const checks = await looked(target);
  assert.deepEqual([verdicts(checks)['read the webhooks'], verdicts(checks)['read the audit log']], ['fix', 'fine']);
  assert.match(advice(checks), /answered 403.*targets\[fastio\]\.token may not do this: give it the missing scope/);
});

test('fastio: a list that cannot be read just now is nothing to mend', async (t) => {
  const { target, fastio } = await fastioStage(t);
  fastio.fail('audit', { status: 503 });
  const checks = await looked(target);
  assert.deepEqual([verdicts(checks)['read the audit log'], advice(checks)], ['unclear', '']);
});

test('fastio: a fallback owner who is not there is told', async (t) => {
  const { target } = await fastioStage(t, { fallbackOwnerId: '4860000000000009999' });
  assert.match(advice(await looked(target)), /the account 4860000000000009999 in targets\[fastio\]\.fallbackOwnerId is not there/);
});

test('flashback: an account that can do all the work is fine, and looking changes nothing', async (t) => {
  const { target, flashback } = await flashbackWith(t, { refreshes: true });
  assert.deepEqual(verdicts(await looked(target)), {
    'manage people': 'fine',
    'find the fallback owner': 'fine',
    'change the members of workspaces': 'fine',
    'renew its token': 'unclear',
  });
  assert.equal(flashback.count(/^(?!GET )/), 0);
});

test('flashback: a role that is too low, a workspace without the role ADMIN, and a fallback owner who left are told with what to do', async (t) => {
  const { target, flashback, successor } = await flashbackWith(t, { caller: { orgRole: 1 } });
  flashback.scenario.setMember('ws-1', flashback.callerId, 'WRITE');
  assert.match(advice(await looked(target)), /has the role 1 in the organization and may not manage people\. Give it the role WORKSPACES/);
  assert.match(advice(await looked(target)), /is no ADMIN of ws-1 \(Research\): nobody can be taken out of there\. Make it one/);

  flashback.scenario.changePerson(flashback.callerId, { orgRole: 254 });
  flashback.scenario.changePerson(successor.id, { deletedAt: '2026-01-01T00:00:00.000Z' });
  assert.match(advice(await looked(target)), /fallbackOwnerId is not in the organization\. Put the id of somebody who stays into it/);
});

test('the description of a target has what it lacks, how accounts are found, what was looked at, and since when it is down', async (t) => {
  const { target } = await flashbackWith(t);
  const since = new Date('2026-03-02T08:00:00.000Z');
  const { reachable, checks, capabilities, resolution, downSince } = await describeTarget(target, since);
  assert.deepEqual([reachable, checks.length, downSince], [true, 4, since.toISOString()]);
  assert.equal(capabilities['sessions']?.support, 'self-only');
  assert.match(resolution ?? '', /^by the e-mail without regard to case .* deleted accounts are none/);
  assert.match(capabilities['sessions']?.lasts ?? '', /^up to 1 hour/);
});

test('what does not answer is asked nothing more, and said to be out of reach', async (t) => {
  const { target, flashback } = await flashbackWith(t);
  flashback.fail(/./, { status: 502, text: '<html>bad gateway</html>' });
  const { reachable, checks } = await describeTarget(target, undefined);
  assert.deepEqual([reachable, checks, flashback.count(/./)], [false, [], 1]);
});

test('a target that hangs holds the description up for a limited time only', async (t) => {
  const { target, flashback } = await flashbackWith(t, { timeoutMs: 5_000 });
  flashback.fail(/./, 'hang', { times: 2 });
  const { reachable, detail } = await describeTarget(target, undefined, 50);
  assert.deepEqual([reachable, detail], [false, 'flashback: there was no answer within 0.05 seconds']);

  const { target: slow, flashback: other } = await flashbackWith(t, { timeoutMs: 5_000 });
  other.fail(/^GET \/workspace/, 'hang');
  const seen = await describeTarget(slow, undefined, 200);
  assert.deepEqual([seen.reachable, seen.checks.map(({ verdict }) => verdict)], [true, ['unclear']]);
});
