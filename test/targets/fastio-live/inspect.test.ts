import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveStage } from '../support/live-stage.ts';

const READABLE = ['list the workspaces: fine', 'search the events: fine'];

test('whether the account of the token is an admin, and the fallback owner is there, is found out by reading', async (t) => {
  const { target, live, successor } = await liveStage(t);
  const look = async () => (await target.inspect?.(AbortSignal.timeout(5_000)))?.map(({ what, verdict }) => `${what}: ${verdict}`);
  assert.deepEqual(await look(), ['manage members: fine', 'find the fallback owner: fine', ...READABLE]);
  live.scenario.setMember(live.orgId, live.callerId, 'member');
  live.scenario.setMember(live.orgId, successor.id, null);
  assert.deepEqual(await look(), ['manage members: fix', 'find the fallback owner: fix', ...READABLE]);
  live.fail(/members\/list/, { status: 403, body: { result: false, error: { code: 1680, text: 'No' } } });
  assert.deepEqual(await look(), ['read the members: fix']);
  assert.equal(live.count(/^(?!GET )/), 0);
});

test('a list that may not be read is told, and events that cannot be searched are no fault', async (t) => {
  const { target, live } = await liveStage(t, { offersLists: false });
  live.fail(/list\/workspaces/, { status: 403, body: { result: false, error: { code: 1680, text: 'No' } } });
  const checks = (await target.inspect?.(AbortSignal.timeout(5_000))) ?? [];
  assert.deepEqual(
    checks.slice(2).map(({ what, verdict }) => `${what}: ${verdict}`),
    ['list the workspaces: fix', 'search the events: unclear'],
  );
  assert.match(checks[3]?.detail ?? '', /proved by reading the members back instead\.$/);
});
