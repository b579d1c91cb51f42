import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { memberRow, pageOf, performAgainst, workspaceRow } from '../support/scripted-fastio.ts';
import { answer, type Scene } from '../support/scripted-server.ts';

const members = pageOf('members', [memberRow('sue')]);
const moved = (id: string, owner_id: string) => answer(200, { workspace: { id, owner_id } });
const lists = (...ids: string[]) =>
  pageOf(
    'workspaces',
    ids.map((id) => workspaceRow(id)),
  );

function transferAgainst(t: TestContext, scenes: readonly Scene[]) {
  const facts = { name: 'Designs', successorId: 'sue', ownerId: 'lee' };
  return performAgainst(t, [lists('w1'), members, ...scenes], 'transfer-workspace', { subject: 'w1', facts });
}

test("a yes that the leaver's list contradicts is waited out", async (t) => {
  const { result } = await transferAgainst(t, [moved('w1', 'sue'), lists('w1', 'w2'), lists('w1', 'w2'), lists('w2')]);
  doneAs(result, 'verified');
});

test('a yes that still names the leaver is only a promise', async (t) => {
  const { result } = await transferAgainst(t, [moved('w1', 'lee'), lists('w1'), lists(), lists('w1')]);
  doneAs(result, 'verified');
});

test('a yes that names somebody else is a question for a person', async (t) => {
  const { result } = await transferAgainst(t, [moved('w1', 'mallory')]);
  assert.match(messageIn(result, 'refused'), /now belongs to mallory/);
});

test('a yes about another workspace is a question for a person', async (t) => {
  const { result } = await transferAgainst(t, [moved('w2', 'sue')]);
  assert.match(messageIn(result, 'refused'), /says that w2/);
});

test('a promise after which the workspace is seen with nobody is no more than acknowledged', async (t) => {
  const looks = Array.from({ length: 26 }, () => lists());
  const { result } = await transferAgainst(t, [answer(202), ...looks]);
  assert.equal(doneAs(result, 'acknowledged')['seenWith'], null);
});

test('a transfer asks for the new owner and nothing else', async (t) => {
  const { seen } = await transferAgainst(t, [moved('w1', 'sue'), lists()]);
  const { method, url, body, headers } = seen[2] ?? assert.fail();
  assert.deepEqual([method, url, body], ['POST', '/api/v1/workspaces/w1/transfer', '{"new_owner_id":"sue"}']);
  assert.equal(headers['idempotency-key'], 'step-1');
});
