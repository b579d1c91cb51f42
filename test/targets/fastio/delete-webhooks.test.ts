import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, fastioStage, messageIn, type Stage } from '../support/fastio-stage.ts';

async function suspended(stage: Stage): Promise<Stage> {
  await stage.after('resolve-account', 'suspend');
  return stage;
}

test("the leaver's webhooks on all pages are deleted, and nobody else's", async (t) => {
  const { run, fastio, leaver, successor } = await suspended(await fastioStage(t, { pageSize: 2 }));
  const own = [1, 2, 3].map((n) => {
    fastio.scenario.addWebhook({ userId: successor.id });
    return fastio.scenario.addWebhook({ userId: leaver.id, appId: `app-${n}`, url: `https://user:pw@hooks.example.com:8443/x?key=secret` });
  });
  const facts = doneAs(await run('delete-webhooks'), 'verified');
  assert.deepEqual(facts, { webhooks: own.map(({ id, appId }) => ({ id, appId, host: 'hooks.example.com:8443' })) });
  assert.deepEqual(
    [...fastio.webhooks.values()].map(({ userId }) => userId),
    [successor.id, successor.id, successor.id],
  );
});

test('two webhooks are deleted under different idempotency keys', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  const ids = [1, 2].map(() => fastio.scenario.addWebhook({ userId: leaver.id }).id);
  await run('delete-webhooks');
  const keys = fastio.requests.filter(({ call }) => call === 'deleteWebhook').map(({ idempotencyKey }) => idempotencyKey);
  assert.deepEqual(
    keys,
    ids.map((id) => `step-1:${id}`),
  );
});

test('without webhooks there was nothing to do', async (t) => {
  const { run } = await suspended(await fastioStage(t));
  assert.deepEqual(doneAs(await run('delete-webhooks'), 'already-absent'), { webhooks: [] });
});

test('a repeated attempt that finds none has verified it', async (t) => {
  const { run } = await suspended(await fastioStage(t));
  doneAs(await run('delete-webhooks', { repeated: true }), 'verified');
});

test('a webhook that is gone already does not stop the others', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  const [first] = [1, 2].map(() => fastio.scenario.addWebhook({ userId: leaver.id }));
  fastio.scenario.on('deleteWebhook', () => void fastio.webhooks.delete(first?.id ?? ''), { times: 1 });
  doneAs(await run('delete-webhooks'), 'verified');
  assert.equal(fastio.leftovers(leaver.id).webhooks, 0);
});

test('a lost answer is followed by deleting again, which finds it gone', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t, { attempts: 2 }));
  fastio.scenario.addWebhook({ userId: leaver.id });
  fastio.fail('deleteWebhook', 'hang-after-effect');
  doneAs(await run('delete-webhooks'), 'verified');
});

test('a webhook that is refused does not save the others', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  const [first] = [1, 2].map(() => fastio.scenario.addWebhook({ userId: leaver.id }));
  fastio.fail('deleteWebhook', { status: 403 });
  messageIn(await run('delete-webhooks'), 'refused');
  assert.deepEqual([...fastio.webhooks.keys()], [first?.id]);
});

test('a webhook that appears during the deletion is not overlooked', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  fastio.scenario.addWebhook({ userId: leaver.id });
  fastio.scenario.on('deleteWebhook', () => void fastio.scenario.addWebhook({ userId: leaver.id }), { when: 'after', times: 1 });
  assert.match(messageIn(await run('delete-webhooks'), 'retry-later'), /still listed/);
});

test('a webhook of nobody is left alone, and named where the leaver had others of the same app', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  const { appId } = fastio.scenario.addWebhook({ userId: leaver.id, appId: 'app-1' });
  const orphan = fastio.scenario.addWebhook({ userId: null, appId });
  const other = fastio.scenario.addWebhook({ userId: null, appId: 'app-2' });
  const facts = doneAs(await run('delete-webhooks'), 'verified');
  assert.deepEqual(facts['unclear'], [{ id: orphan.id, appId, host: 'app.example.com' }]);
  assert.match(String(facts['residual']), /delete those that nobody needs/);
  assert.deepEqual([...fastio.webhooks.keys()], [orphan.id, other.id]);
});
