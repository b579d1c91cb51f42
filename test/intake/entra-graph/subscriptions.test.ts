import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimSubscription, noteLifecycle } from '../../../src/intake/entra-graph/store.ts';
import { keepSubscription, subscriptionStatus } from '../../../src/intake/entra-graph/subscriptions.ts';
import { eventually } from '../../support/eventually.ts';
import { fixture } from './graph-server.ts';
import { alive, type GraphStage, graphStage, onlySubscription } from './graph-stage.ts';

type Request = { readonly path: string; readonly body: Record<string, unknown> };

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const LONGEST = 41_760 * MINUTE;

const keep = async ({ needs, watched }: GraphStage, more = {}) => await keepSubscription(needs, { ...watched, ...more }, alive());
const status = async ({ db, clock }: GraphStage) => (await subscriptionStatus(db, ['entra-main'], clock.now()))[0] ?? assert.fail();

async function toBeRead({ db }: GraphStage): Promise<string[]> {
  const rows = await db.selectFrom('entra_user').select('subject').where('due_at', 'is not', null).orderBy('subject').execute();
  return rows.map(({ subject }) => subject);
}

test('the subscription is made as the published request has it, with our client state and address, for less than the longest time', async (t) => {
  const stage = await graphStage(t);
  assert.deepEqual(await status(stage), {
    connection: 'entra-main',
    state: 'missing',
    expiresAt: null,
    renewedAt: null,
    problem: 'no worker has looked after it yet',
  });
  assert.equal(await keep(stage), true);
  const call = stage.entra.calls.find((one) => one.call === 'POST /v1.0/subscriptions') ?? assert.fail();
  const sent = JSON.parse(call.text) as Record<string, unknown>;
  const { body } = await fixture<Request>('subscription-create-users-COMPOSED');
  assert.deepEqual(Object.keys(sent).sort(), Object.keys(body).sort());
  assert.deepEqual([sent['changeType'], `/${sent['resource']}`], [body['changeType'], body['resource']]);
  assert.deepEqual(
    [sent['clientState'], sent['notificationUrl'], sent['lifecycleNotificationUrl']],
    ['a-client-state', stage.watched.notificationUrl, stage.watched.notificationUrl],
  );
  const { state, expiresAt, problem } = await status(stage);
  const life = (expiresAt?.getTime() ?? 0) - stage.clock.now().getTime();
  assert.deepEqual([state, problem, life > 20 * DAY, life < LONGEST], ['active', null, true, true]);
  assert.equal(await keep(stage), false, 'nothing is due');
});

test('it is renewed every day, long before its end, and never made a second time', async (t) => {
  const stage = await graphStage(t);
  await keep(stage);
  const { id } = onlySubscription(stage);
  for (let day = 0; day < 60; day += 1) {
    stage.clock.move(DAY);
    await keep(stage);
    const left = Date.parse(onlySubscription(stage).expirationDateTime) - stage.clock.now().getTime();
    assert.ok(left > 20 * DAY && left < LONGEST);
  }
  assert.equal(onlySubscription(stage).id, id);
  const renewals = stage.entra.calls.filter(({ call }) => call === `PATCH /v1.0/subscriptions/${id}`);
  assert.equal(renewals.length, 60);
  const { body } = await fixture<Request>('subscription-renew');
  assert.deepEqual(Object.keys(JSON.parse(renewals[0]?.text ?? '') as object), Object.keys(body));
});

test('one that is gone when it is to be renewed is made anew, and who changed meanwhile is read back', async (t) => {
  const stage = await graphStage(t);
  const quiet = stage.entra.add({ email: 'quiet@example.com' });
  await keep(stage);
  const first = onlySubscription(stage).id;
  stage.entra.removeSubscription(first, 'silently');
  const ann = stage.entra.add({ email: 'ann@example.com' });
  const bela = stage.entra.add({ email: 'bela@example.com' });
  const cleo = stage.entra.add({ email: 'cleo@example.com' });
  stage.entra.setEnabled(ann.id, false);
  stage.entra.softDelete(bela.id);
  stage.entra.purge(cleo.id);
  stage.clock.move(DAY);
  await keep(stage);
  assert.notEqual(onlySubscription(stage).id, first);
  assert.deepEqual(await toBeRead(stage), [ann.id, bela.id, cleo.id].sort());
  assert.ok(!(await toBeRead(stage)).includes(quiet.id));
});

test('that it was removed is told by Graph, and mended at once', async (t) => {
  const stage = await graphStage(t);
  await keep(stage);
  const { id } = onlySubscription(stage);
  await noteLifecycle(stage.db, 'entra-main', { event: 'subscriptionRemoved', subscriptionId: 'an-older-one' }, stage.clock.now());
  assert.equal(await keep(stage), false, 'what is said of one that we no longer have changes nothing');
  stage.entra.removeSubscription(id, 'silently');
  await noteLifecycle(stage.db, 'entra-main', { event: 'subscriptionRemoved', subscriptionId: id }, stage.clock.now());
  assert.equal((await status(stage)).state, 'missing');
  assert.equal(await keep(stage), true);
  assert.equal((await status(stage)).state, 'active');
  assert.notEqual(onlySubscription(stage).id, id);
});

test('reauthorizationRequired renews it, and missed looks up who changed', async (t) => {
  const stage = await graphStage(t);
  await keep(stage);
  const { id } = onlySubscription(stage);
  stage.clock.move(MINUTE);
  await noteLifecycle(stage.db, 'entra-main', { event: 'reauthorizationRequired', subscriptionId: id }, stage.clock.now());
  await keep(stage);
  assert.equal(stage.entra.count(/^PATCH/), 1);
  const ann = stage.entra.add({ email: 'ann@example.com' });
  await noteLifecycle(stage.db, 'entra-main', { event: 'missed', subscriptionId: id }, stage.clock.now());
  await keep(stage);
  assert.deepEqual(await toBeRead(stage), [ann.id]);
});

test('when Graph no longer knows where we were, everybody who is not enabled is read back', async (t) => {
  const stage = await graphStage(t);
  const ids = Array.from({ length: 5 }, (_, n) => stage.entra.add({ email: `p${n}@example.com` }).id);
  await keep(stage);
  stage.entra.setEnabled(ids[1] ?? '', false);
  stage.entra.softDelete(ids[3] ?? '');
  stage.entra.expireDelta();
  stage.clock.move(DAY);
  await keep(stage);
  assert.deepEqual(await toBeRead(stage), [ids[1], ids[3]].sort());
});

test('a token of a delta link is used, and never the link', async (t) => {
  const stage = await graphStage(t);
  await keep(stage);
  const published = await fixture<Record<string, unknown>>('users-delta-removed');
  const value = [...(published['value'] as object[]), { id: 'removed-1', '@removed': { reason: 'changed' } }];
  stage.entra.fail(/delta$/, { status: 200, body: { ...published, value } });
  stage.clock.move(DAY);
  await keep(stage);
  assert.deepEqual(await toBeRead(stage), ['25dcffff-959e-4ece-9973-e5d9b800e8cc', 'f6ede700-27d0-4c42-bfb9-4dffff43c74a', 'removed-1']);
  stage.clock.move(DAY);
  await keep(stage);
  const token = new URL(String(published['@odata.deltaLink'])).searchParams.get('$deltatoken');
  assert.equal(
    stage.entra.calls.findLast(({ url, call }) => call.endsWith('delta') && url.searchParams.get('$deltatoken') === token) !== undefined,
    true,
  );
});

test('another client state, or another address, makes it anew; the old one is removed', async (t) => {
  const stage = await graphStage(t);
  await keep(stage);
  const before = onlySubscription(stage).id;
  stage.clock.move(DAY);
  await keep(stage, { clientState: 'another' });
  assert.deepEqual([onlySubscription(stage).clientState, onlySubscription(stage).id === before], ['another', false]);
  assert.equal(stage.entra.count(/^DELETE/), 1);
  const row = await stage.db.selectFrom('entra_subscription').selectAll().executeTakeFirstOrThrow();
  assert.ok(!JSON.stringify(row).includes('another'), 'the secret is not stored');
});

test('of a subscription whose answer was lost none is left over', async (t) => {
  const stage = await graphStage(t);
  stage.entra.fail(/^POST .*subscriptions$/, 'reset', { afterEffect: true });
  await keep(stage);
  assert.equal((await status(stage)).state, 'missing');
  stage.clock.move(10_000);
  await keep(stage);
  assert.equal((await status(stage)).state, 'active');
  onlySubscription(stage);
});

test('while Graph cannot reach us, the status says so and what to look at; it is tried again, later and later', async (t) => {
  const stage = await graphStage(t);
  stage.receiver.isUp = false;
  await keep(stage);
  const { state, problem } = await status(stage);
  assert.equal(state, 'missing');
  assert.match(problem ?? '', /ValidationError.*server\.publicUrl/);
  assert.equal(await keep(stage), false);
  stage.clock.move(10_000);
  assert.equal(await keep(stage), true);
  stage.clock.move(10_000);
  assert.equal(await keep(stage), false);
  stage.receiver.isUp = true;
  stage.clock.move(10_000);
  await keep(stage);
  assert.deepEqual([(await status(stage)).state, (await status(stage)).problem], ['active', null]);
});

test("somebody else's subscription of the same application is left alone, and named as the problem", async (t) => {
  const stage = await graphStage(t);
  await keep(stage);
  await stage.db.deleteFrom('entra_subscription').execute();
  const other = stage.watched.notificationUrl.replace('/notifications', '/elsewhere');
  await keep(stage, { notificationUrl: other });
  assert.match((await status(stage)).problem ?? '', /another subscription/);
  assert.equal(onlySubscription(stage).notificationUrl, stage.watched.notificationUrl);
});

test('of several processes one makes it', async (t) => {
  const stage = await graphStage(t);
  const worked = await Promise.all(Array.from({ length: 4 }, async () => await keep(stage)));
  assert.deepEqual(worked.filter(Boolean).length, 1);
  assert.equal(stage.entra.count(/^POST .*subscriptions$/), 1);
});

test('one whose process died in the middle is looked after by another one, two minutes later', async (t) => {
  const stage = await graphStage(t);
  assert.ok(await claimSubscription(stage.db, 'entra-main', stage.clock.now()));
  assert.equal(await keep(stage), false);
  stage.clock.move(2 * MINUTE);
  assert.equal(await keep(stage), true);
  assert.equal((await status(stage)).state, 'active');
});

test('one whose process was told to stop is looked after by another one at once', async (t) => {
  const stage = await graphStage(t);
  const stopping = new AbortController();
  stage.entra.fail(/subscriptions$/, 'hang');
  const kept = keepSubscription(stage.needs, stage.watched, stopping.signal);
  await eventually('the process waits for Graph', () => stage.entra.count(/subscriptions$/) > 0);
  stopping.abort(new Error('stopping'));
  await assert.rejects(kept, /stopping/);
  assert.equal(await keep(stage), true);
  assert.equal((await status(stage)).state, 'active');
});

test('the published answer is understood, and its subscription is removed as published', async (t) => {
  const stage = await graphStage(t);
  const { body } = await fixture<{ body: Record<string, unknown> }>('subscription-create-response');
  const expirationDateTime = new Date(stage.clock.now().getTime() + 10 * DAY).toISOString();
  stage.entra.fail(/^POST .*subscriptions$/, { status: 201, body: { ...body, expirationDateTime } });
  await keep(stage);
  assert.equal((await status(stage)).expiresAt?.toISOString(), expirationDateTime);
  const { path } = await fixture<Request>('subscription-delete');
  const value = [{ ...body, notificationUrl: stage.watched.notificationUrl }];
  stage.entra.fail(/^GET .*subscriptions$/, { status: 200, body: { value } });
  stage.clock.move(DAY);
  await keep(stage, { clientState: 'another' });
  assert.equal(stage.entra.count(new RegExp(`^DELETE ${path}$`)), 1);
});

test('a subscription that ends as soon as it is made is not made again and again', async (t) => {
  const stage = await graphStage(t);
  const { body } = await fixture<{ body: Record<string, unknown> }>('subscription-create-response');
  stage.entra.fail(/^POST .*subscriptions$/, { status: 201, body }, { times: 50 });
  await keep(stage);
  assert.match((await status(stage)).problem ?? '', /Check the clock/);
  assert.ok(stage.entra.count(/^POST .*subscriptions$/) < 10);
});
