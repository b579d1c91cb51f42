import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PreviewView } from '../../src/offboarding/preview.ts';
import { countRows } from '../intake/support/rows.ts';
import { startService } from '../support/service.ts';

test('a dry run says what would be done, and does none of it', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['boss@example.com'] } } });
  const { scenario } = service.fastio;
  const ada = scenario.addUser({ email: 'ada@example.com', sessions: 2, tokens: 1 });
  const workspaces = ['one', 'two'].map((name) => scenario.addWorkspace({ ownerId: ada.id, name }).id);
  const before = service.fastio.leftovers(ada.id);
  const preview = async (email: string, playbook: string): Promise<PreviewView> => {
    const { status, body } = await service.call('POST', '/v1/cases', { email, playbook, reason: 'a test', dryRun: true });
    assert.equal(status, 200);
    return (body as { plan: PreviewView }).plan;
  };

  await t.test('for somebody who has an account and workspaces', async () => {
    const { hold, targets } = await preview('ADA@example.com', 'offboard');
    const [fastio] = targets;
    assert.deepEqual([hold, fastio?.account, fastio?.problem], [null, 'found', null]);
    const transfers = fastio?.steps.filter(({ action }) => action === 'transfer-workspace') ?? [];
    assert.deepEqual(new Set(transfers.map(({ subject }) => subject)), new Set(workspaces));
    const actions = fastio?.steps.map(({ action }) => action) ?? [];
    assert.ok(actions.indexOf('suspend') < actions.indexOf('remove-member'));
  });

  await t.test('for an emergency, which takes nothing away', async () => {
    const [fastio] = (await preview('ada@example.com', 'contain')).targets;
    assert.deepEqual(new Set(fastio?.steps.map(({ phase }) => phase)), new Set(['resolve', 'contain']));
  });

  await t.test('for somebody who is protected', async () => {
    assert.match((await preview('Boss@example.com', 'offboard')).hold ?? '', /protected/);
  });

  await t.test('for somebody without an account', async () => {
    const [fastio] = (await preview('nobody@example.com', 'offboard')).targets;
    assert.deepEqual([fastio?.account, fastio?.steps], ['absent', []]);
  });

  await t.test('for a target that does not answer', async () => {
    service.fastio.fail('resolve', { status: 503 }, { times: Number.POSITIVE_INFINITY });
    const [fastio] = (await preview('ada@example.com', 'offboard')).targets;
    service.fastio.clearFaults();
    assert.equal(fastio?.account, 'unclear');
    assert.ok(fastio.problem);
  });

  assert.deepEqual([service.fastio.effects, service.fastio.leftovers(ada.id), service.fastio.violations], [[], before, []]);
  assert.deepEqual(await countRows(service.databaseUrl, 'offboarding_case', 'step', 'person', 'signal', 'ledger_entry', 'pgboss.job'), {
    offboarding_case: 0,
    step: 0,
    person: 0,
    signal: 0,
    ledger_entry: 0,
    'pgboss.job': 0,
  });
});
