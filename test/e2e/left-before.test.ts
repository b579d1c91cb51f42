import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CaseView } from '../../src/offboarding/views.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';

const EMAIL = 'leaver@example.com';

async function afterLeaving(t: TestContext, config: Parameters<typeof startService>[1] = {}) {
  const service = await startService(t, config);
  service.fastio.scenario.addUser({ email: EMAIL });
  const leave = async (): Promise<void> => assert.equal((await service.okta.deactivate({ id: '00uleaver', login: EMAIL })).status, 204);
  await leave();
  const first = await service.untilState(EMAIL, 'completed');
  const cases = async (): Promise<CaseView[]> =>
    ((await service.call('GET', `/v1/cases?email=${EMAIL}`)).body as { items: CaseView[] }).items;
  const kinds = async (id: string): Promise<string[]> => {
    const { body } = await service.call('GET', `/v1/cases/${id}/evidence`);
    return (body as { payload: { entries: { entry: { kind: string } }[] } }).payload.entries.map(({ entry }) => entry.kind);
  };
  return { ...service, leave, first, cases, kinds };
}

test('another signal for somebody who is gone belongs to the case that is over, and opens none', async (t) => {
  const { leave, first, cases, kinds } = await afterLeaving(t);
  await leave();
  await eventually('the look is recorded', async () => (await kinds(first.id)).includes('case.rechecked'));
  const all = await cases();
  assert.deepEqual(
    all.map(({ id, signals }) => [id, signals.length]),
    [[first.id, 2]],
  );
});

test('a signal for somebody who is there again opens a case of its own, to which it belongs', async (t) => {
  const { leave, first, cases, fastio, untilState } = await afterLeaving(t);
  const again = fastio.scenario.addUser({ email: EMAIL, tokens: 1 });
  await leave();
  await eventually('there is a second case', async () => (await cases()).length === 2);
  const second = await untilState(EMAIL, 'completed');
  assert.notEqual(second.id, first.id);
  assert.deepEqual(
    (await cases()).map(({ signals }) => signals.length),
    [1, 1],
  );
  assert.equal(fastio.leftovers(again.id).member, false);
});

test('while a target cannot be asked, it is asked again later', async (t) => {
  const { leave, cases, fastio, untilState } = await afterLeaving(t);
  const again = fastio.scenario.addUser({ email: EMAIL });
  fastio.fail({ call: 'resolve', subject: EMAIL }, { status: 500 }, { times: 4 });
  await leave();
  await eventually('there is a second case', async () => (await cases()).length === 2, 20_000);
  await untilState(EMAIL, 'completed');
  assert.equal(fastio.leftovers(again.id).member, false);
});

test('somebody who is said to be back before the look has ended is held', async (t) => {
  const { leave, cases, fastio, okta, untilState } = await afterLeaving(t);
  fastio.scenario.addUser({ email: EMAIL });
  const down = fastio.fail({ call: 'resolve', subject: EMAIL }, { status: 500 }, { times: Number.POSITIVE_INFINITY });
  await leave();
  await okta.reactivate({ id: '00uleaver', login: EMAIL });
  down.clear();
  await eventually('there is a second case', async () => (await cases()).length === 2, 20_000);
  await untilState(EMAIL, 'held');
});

test('an operator who asks is not second-guessed', async (t) => {
  const { call, cases, first, untilState } = await afterLeaving(t);
  const { status } = await call('POST', '/v1/cases', { email: EMAIL, playbook: 'offboard', reason: 'to be sure' });
  assert.equal(status, 202);
  assert.equal((await cases()).length, 2);
  const { reason } = await untilState(EMAIL, 'completed');
  assert.match(reason ?? '', new RegExp(first.id));
});
