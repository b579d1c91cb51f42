import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { matchSignature, readEnvelope, toWebhookKey } from '../../src/intake/standard-webhook/verify.ts';
import { createHr, type Hr, type HrOptions } from '../../src/sandbox/hr.ts';
import { OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from '../intake/standard-webhook/fixtures.ts';
import { movingClock } from '../targets/support/moving-clock.ts';
import { answer, deadUrl, hang, type Scene, type Seen, scriptedServer } from '../targets/support/scripted-server.ts';

const ADA = { email: 'ada@example.com' };

async function hrFor(t: TestContext, scenes: readonly Scene[], options: Partial<HrOptions> = {}) {
  const clock = movingClock();
  const { url, seen } = await scriptedServer(t, scenes);
  const hr: Hr = createHr({ url: `${url}/webhook`, secrets: [SECRET], clock, ...options });
  t.after(async () => await hr.close());
  return { hr, seen, clock };
}

function provenBy({ headers, body }: Seen, secret: string): boolean {
  const envelope = readEnvelope(headers);
  return typeof envelope === 'object' && matchSignature(envelope, Buffer.from(body), [toWebhookKey(secret)]) === 0;
}

test('a message is signed for its receiver, with every secret that the sender has', async (t) => {
  const { hr, seen } = await hrFor(t, [answer(202)], { secrets: [SECRET, OTHER_SECRET, PRIVATE_KEY] });
  assert.equal((await hr.terminate(ADA, '2026-12-31')).status, 202);
  const [one] = seen;
  assert.ok(one);
  assert.deepEqual(
    [SECRET, OTHER_SECRET, PUBLIC_KEY].map((secret) => provenBy(one, secret)),
    [true, true, true],
  );
  assert.deepEqual(JSON.parse(one.body), {
    type: 'employee.terminated',
    timestamp: '2026-03-02T08:00:00.000Z',
    data: { email: ADA.email, effectiveAt: '2026-12-31' },
  });
});

test('the names of Svix are sent where they are asked for', async (t) => {
  const { hr, seen } = await hrFor(t, [answer(204)], { headers: 'svix' });
  await hr.suspend(ADA);
  assert.ok(seen[0] && provenBy(seen[0], SECRET));
  assert.deepEqual(
    Object.keys(seen[0].headers).filter((name) => /^(webhook|svix)-/.test(name)),
    ['svix-id', 'svix-timestamp', 'svix-signature'],
  );
});

test('what is not taken is sent again by the schedule, under the same id, with a time and a signature of its own', async (t) => {
  const { hr, seen, clock } = await hrFor(t, [answer(500), answer(401), answer(302, undefined, { location: '/else' }), answer(202)]);
  const { status, attempts } = await hr.rehire(ADA, { id: 'msg_1' });
  assert.deepEqual([status, attempts, clock.slept], [202, 4, [5_000, 300_000, 1_800_000]]);
  assert.deepEqual(new Set(seen.map(({ headers }) => headers['webhook-id'])), new Set(['msg_1']));
  assert.equal(new Set(seen.map(({ headers }) => headers['webhook-timestamp'])).size, 4);
  assert.ok(seen.every((one) => provenBy(one, SECRET)));
});

test('a receiver that asks for time is given it, and one that is gone is left alone', async (t) => {
  const { hr, clock } = await hrFor(t, [answer(503, undefined, { 'retry-after': '60' }), answer(202), answer(410)]);
  await hr.suspend(ADA);
  assert.deepEqual(clock.slept, [60_000]);
  assert.deepEqual([(await hr.suspend(ADA)).status, clock.slept.length], [410, 1]);
});

test('at the end of the schedule the message is given up', async (t) => {
  const { hr } = await hrFor(t, [answer(500), answer(500), answer(500)], { schedule: [1, 1] });
  const { status, attempts } = await hr.suspend(ADA);
  assert.deepEqual([status, attempts], [500, 3]);
});

test('silence and a dead address are told apart', async (t) => {
  const { hr } = await hrFor(t, [hang], { schedule: [], timeLimitMs: 100 });
  assert.equal((await hr.suspend(ADA)).status, 'timeout');
  const nowhere = createHr({ url: await deadUrl(), secrets: [SECRET], schedule: [] });
  assert.equal((await nowhere.suspend(ADA)).status, 'unreachable');
  await nowhere.close();
});

test('closing ends what waits to be sent again', async (t) => {
  const { url } = await scriptedServer(t, [answer(500)]);
  const hr = createHr({ url, secrets: [SECRET] });
  const sending = hr.suspend(ADA);
  setTimeout(async () => await hr.close(), 50);
  assert.equal((await sending).attempts, 1);
});
