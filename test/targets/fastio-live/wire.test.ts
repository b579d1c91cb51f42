import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LiveOptions, tooOften } from '../../../src/sandbox/fastio-live/fastio-live.ts';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { liveStage } from '../support/live-stage.ts';

/** Each way in which Fast.io may speak, where its documentation leaves it open. */
const ODDITIES: Readonly<Record<string, LiveOptions>> = {
  'results that are words': { saysYes: true },
  'a wrapper called response': { wrapped: true },
  'codes that are text': { codesAsText: true },
  'fields by their other names': { otherSpelling: true },
  'a page for each row': { pageSize: 1 },
  'no end for memberships': { knowsExpiry: false },
  'no list of invitations and no search of events': { offersLists: false },
  'all of it at once': { saysYes: true, wrapped: true, codesAsText: true, otherSpelling: true, pageSize: 2, knowsExpiry: false },
};

for (const [what, habits] of Object.entries(ODDITIES)) {
  test(`${what}: the whole way out is gone all the same`, async (t) => {
    const { live, leaver, successor, leave } = await liveStage(t, habits);
    live.scenario.addWorkspace({ members: { [leaver.id]: 'owner' } });
    const { id } = live.scenario.addWorkspace({ members: { [leaver.id]: 'admin', [successor.id]: 'owner' } });
    live.scenario.invite(id, leaver.email);
    const lines = await leave();
    assert.deepEqual([lines.length, live.membershipsOf(leaver.id), live.profiles[id]?.invitations], [12, [], []]);
    assert.ok(lines.includes('verify-removal verified'), lines.join('\n'));
    // The search of events is not needed for a verified removal; without one, that is said.
    assert.ok(lines.includes(`verify-audit ${habits.offersLists === false ? 'not-offered' : 'verified'}`), lines.join('\n'));
  });
}

const READ = /members\/list\/$/;

for (const format of ['time', 'epoch'] as const) {
  test(`a limit whose end is given as ${format} is not waited for in vain, but left to the schedule of the step`, async (t) => {
    const { run, live, clock } = await liveStage(t, { attempts: 2 });
    live.fail(READ, tooOften({ now: clock.now(), seconds: 300, format }));
    const result = await run('resolve-account');
    assert.ok(result.kind === 'retry-later', JSON.stringify(result));
    assert.deepEqual([result.afterMs, result.error.targetCode], [300_000, '1671']);
    assert.deepEqual([live.count(READ), clock.slept.length], [1, 0]);
  });
}

test('a short limit is waited for at once', async (t) => {
  const { run, live, clock } = await liveStage(t, { attempts: 2 });
  live.fail(READ, tooOften({ now: clock.now(), seconds: 1, format: 'time' }));
  doneAs(await run('resolve-account'), 'verified');
  assert.ok((clock.slept[0] ?? 0) >= 1000);
});

test('a caller who is no member of a workspace is not told that the token is wrong, though the status is 401', async (t) => {
  const { run, live } = await liveStage(t);
  live.fail(READ, { status: 401, body: { result: false, error: { code: 10545, text: 'x' } } });
  const message = messageIn(await run('resolve-account'), 'refused');
  assert.match(message, /answered 401 \(10545\)/);
  assert.doesNotMatch(message, /is not accepted/);
});

test('an organization without a plan stops with the reason and what to do', async (t) => {
  const { run, live } = await liveStage(t);
  live.fail(READ, { status: 402, body: { result: false, error: { code: 1688, text: 'no plan' } } });
  assert.match(
    messageIn(await run('resolve-account'), 'refused'),
    /answered 402 \(1688\).*has no plan that allows it: see to its plan in Fast\.io, then retry/,
  );
});

test('a page of HTML is tried again later, whatever its status', async (t) => {
  const { run, live } = await liveStage(t);
  for (const status of [200, 404, 500, 502]) {
    live.fail(READ, { status, text: '<html>oops</html>' });
    messageIn(await run('resolve-account'), 'retry-later');
  }
});

test('whether it can be reached is found out by one read', async (t) => {
  const { target, live } = await liveStage(t);
  const signal = AbortSignal.timeout(5_000);
  assert.deepEqual(await target.probe(signal), { reachable: true, detail: `live: answers to the account ${live.callerId}` });
  live.fail(/./, { status: 401, body: { result: false, error: { code: 1650, text: 'no' } } });
  const { reachable, detail } = await target.probe(signal);
  assert.equal(reachable, false);
  assert.match(detail, /^live: GET \/current\/user\/auth\/check\/ answered 401 \(1650\).*targets\[live\]\.token is not accepted/);
  assert.equal(live.count(/./), 2);
});

test('what is not offered is declared with what stays reachable, and no action claims to do it', async (t) => {
  const { capabilities, actions } = (await liveStage(t)).target;
  const support = Object.fromEntries(Object.entries(capabilities).map(([name, one]) => [name, one.support]));
  assert.deepEqual(support, {
    suspend: 'not-offered',
    sessions: 'self-only',
    tokens: 'self-only',
    webhooks: 'not-offered',
    ownership: 'yes',
    membership: 'yes',
    audit: 'yes',
  });
  assert.match(capabilities.sessions.residual ?? '', /Only the account itself can end its sessions.*1 hour.*30 days/);
  assert.ok(!actions.some(({ action }) => /suspend|session|token|webhook/.test(action)));
});
