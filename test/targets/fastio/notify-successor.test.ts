import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HandOverNotice, Telling, TellSuccessor } from '../../../src/targets/target.ts';
import { doneAs, fastioStage, messageIn, type Stage, type StageOptions } from '../support/fastio-stage.ts';

const ACCEPTED: Telling = { kind: 'accepted', messageId: '<m-1@acme.example>' };

/** A leaver with two workspaces that were handed over, two tokens and a webhook, and whoever is to be told of it. */
async function handedOver(t: TestContext, answers: (notice: HandOverNotice) => Telling, options: StageOptions = {}) {
  const notices: HandOverNotice[] = [];
  const tellSuccessor: TellSuccessor = async (notice) => {
    notices.push(notice);
    return answers(notice);
  };
  const stage = await fastioStage(t, { tellSuccessor, ...options });
  const ids = await transfer(stage);
  return { stage, notices, ids };
}

async function transfer(stage: Stage): Promise<string[]> {
  const { fastio, leaver } = stage;
  fastio.scenario.addWebhook({ userId: leaver.id, appId: 'billing', url: 'https://hooks.example.com/secret-path' });
  const ids = ['Designs', 'Plans'].map((name) => fastio.scenario.addWorkspace({ ownerId: leaver.id, name }).id);
  await stage.after('resolve-account', 'suspend', 'list-workspaces', 'revoke-sessions', 'delete-tokens', 'delete-webhooks');
  for (const id of ids) await stage.transfer(id);
  return ids;
}

test('the successor is told what came, and which credentials are gone, at the address that the target has for them', async (t) => {
  const { stage, notices, ids } = await handedOver(t, () => ACCEPTED);
  const facts = doneAs(await stage.run('notify-successor'), 'acknowledged');
  const [notice, ...more] = notices;
  assert.ok(notice && more.length === 0);
  const { webhooks, ...rest } = notice;
  assert.deepEqual(rest, {
    key: 'step-1',
    email: 'sue@example.com',
    target: 'fastio',
    leaver: { email: 'lee.aver@example.com', name: 'Lee Aver' },
    workspaces: [
      { id: ids[0], name: 'Designs' },
      { id: ids[1], name: 'Plans' },
    ],
    tokens: 3,
  });
  assert.deepEqual(
    webhooks.map(({ appId, host }) => [appId, host]),
    [['billing', 'hooks.example.com']],
  );
  const successor = stage.successor.id;
  assert.deepEqual(facts['mails'], [{ successor, messageId: '<m-1@acme.example>' }]);
  assert.deepEqual(facts['workspaces'], [
    { id: ids[0], name: 'Designs', successor },
    { id: ids[1], name: 'Plans', successor },
  ]);
  assert.match(String(facts['notice']), /You now own: Designs .*, Plans .*make new credentials/);
});

test('where nothing is configured to tell them by, that is said, and that a person should', async (t) => {
  const stage = await fastioStage(t);
  await transfer(stage);
  const facts = doneAs(await stage.run('notify-successor'), 'not-offered');
  const reason = `no mail server is configured (notifications.smtp); a person should tell ${stage.successor.id} what came to them, and that agents and integrations need new credentials`;
  assert.deepEqual(facts['untold'], [{ successor: stage.successor.id, reason }]);
  assert.match(String(facts['notice']), /You now own: Designs/);
});

test('a mail that is not taken yet is waited for, and the same step asks again with the same key', async (t) => {
  const answers: Telling[] = [{ kind: 'waiting', problem: 'the mail server answered 450' }, ACCEPTED];
  const { stage, notices } = await handedOver(t, () => answers.shift() ?? ACCEPTED);
  assert.match(
    messageIn(await stage.run('notify-successor'), 'retry-later'),
    /could not be sent yet: the mail server answered 450\. Check the mail server/,
  );
  doneAs(await stage.run('notify-successor', { repeated: true }), 'acknowledged');
  assert.deepEqual(
    notices.map(({ key }) => key),
    ['step-1', 'step-1'],
  );
});

test('a mail that is refused for good ends the step, and a person should tell them', async (t) => {
  const { stage } = await handedOver(t, () => ({ kind: 'refused', problem: 'the mail server answered 550 (5.1.1)' }));
  const facts = doneAs(await stage.run('notify-successor'), 'not-offered');
  assert.match(JSON.stringify(facts['untold']), /550 \(5\.1\.1\); a person should tell/);
});

test('a successor without an address is told by a person', async (t) => {
  const { stage, notices } = await handedOver(t, () => ACCEPTED);
  const nobody = 'nobody-that-is-listed';
  for (const step of stage.finished.filter(({ action }) => action === 'transfer-workspace')) {
    stage.finished.splice(stage.finished.indexOf(step), 1, { ...step, facts: { ...step.facts, successorId: nobody } });
  }
  const facts = doneAs(await stage.run('notify-successor'), 'not-offered');
  assert.match(JSON.stringify(facts['untold']), /fastio does not say their address; a person should tell nobody-that-is-listed/);
  assert.deepEqual(notices, []);
});

test('what is no address that mail can be sent to is none', async (t) => {
  const { stage, notices } = await handedOver(t, () => ACCEPTED);
  const odd = stage.fastio.scenario.addUser({ email: 'somebody without an address' });
  stage.finished.forEach((step, at) => {
    if (step.action === 'transfer-workspace') stage.finished[at] = { ...step, facts: { ...step.facts, successorId: odd.id } };
  });
  assert.match(JSON.stringify(doneAs(await stage.run('notify-successor'), 'not-offered')['untold']), /does not say their address/);
  assert.deepEqual(notices, []);
});

test('where the workspaces went to two people each is told of their own, and one who cannot be told is named', async (t) => {
  const { stage, notices, ids } = await handedOver(t, ({ email }) =>
    email === 'sue@example.com' ? ACCEPTED : { kind: 'refused', problem: 'the mail server answered 550' },
  );
  const other = stage.fastio.scenario.addUser({ email: 'other@example.com' });
  const at = stage.finished.findLastIndex(({ action }) => action === 'transfer-workspace');
  const step = stage.finished[at];
  assert.ok(step);
  stage.finished[at] = { ...step, facts: { ...step.facts, successorId: other.id } };
  const facts = doneAs(await stage.run('notify-successor'), 'not-offered');
  assert.deepEqual(
    notices.map(({ email, workspaces }) => [email, workspaces.map(({ id }) => id)]),
    [
      ['sue@example.com', [ids[0]]],
      ['other@example.com', [ids[1]]],
    ],
  );
  assert.deepEqual(
    [JSON.stringify(facts['mails']).includes(stage.successor.id), JSON.stringify(facts['untold']).includes(other.id)],
    [true, true],
  );
});
