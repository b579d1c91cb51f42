import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../src/http/problem.ts';
import type { PreviewView } from '../../src/offboarding/preview.ts';
import { countRows } from '../intake/support/rows.ts';
import { startService } from '../support/service.ts';

const GOOD = { email: 'ada@example.com', playbook: 'offboard', reason: 'a test' };

const BODIES: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing', {}, ['/email', '/playbook', '/reason']],
  ['an e-mail that is none', { ...GOOD, email: 'ada' }, ['/email']],
  ['an e-mail with a NUL', { ...GOOD, email: 'a\0da@example.com' }, ['/email']],
  ['an endless e-mail', { ...GOOD, email: `${'a'.repeat(400)}@example.com` }, ['/email']],
  ['an unknown playbook', { ...GOOD, playbook: 'fire' }, ['/playbook']],
  ['an empty reason', { ...GOOD, reason: '  ' }, ['/reason']],
  ['an endless reason', { ...GOOD, reason: 'x'.repeat(1_001) }, ['/reason']],
  ['a reason with a NUL', { ...GOOD, reason: 'a\0b' }, ['/reason']],
  ['a reason with half a character', { ...GOOD, reason: 'a\ud800b' }, ['/reason']],
  ['a dry run that is a text', { ...GOOD, dryRun: 'true' }, ['/dryRun']],
  ['everything wrong', { email: 1, playbook: 2, reason: 3, dryRun: 4 }, ['/email', '/playbook', '/reason', '/dryRun']],
  ['a list', [GOOD], ['/']],
  ['null', null, ['/']],
];

const QUERIES: readonly (readonly [string, readonly string[]])[] = [
  ['limit=0', ['/limit']],
  ['limit=201', ['/limit']],
  ['limit=1.5', ['/limit']],
  ['limit=ten', ['/limit']],
  ['limit=1&limit=2', ['/limit']],
  ['email=a%00b', ['/email']],
  ['target=a%00b', ['/target']],
  ['state=lost', ['/state']],
  ['state=running&state=held', ['/state']],
];

test('what only asks, or asks wrongly, touches nothing', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['boss@example.com'] } } });
  const refusal = async (method: string, path: string, body?: unknown): Promise<Problem> => {
    const answer = await service.call(method, path, body);
    assert.equal(answer.status, 400);
    return answer.body as Problem;
  };
  const placesOf = ({ errors = [] }: Problem) => errors.map(({ path }) => path);

  for (const [what, body, places] of BODIES) {
    await t.test(`a case asked for with ${what}: ${places}`, async () => {
      assert.deepEqual(placesOf(await refusal('POST', '/v1/cases', body)), places);
    });
  }

  for (const [query, places] of QUERIES) {
    await t.test(`a list asked for with ${query}: ${places}`, async () => {
      assert.deepEqual(placesOf(await refusal('GET', `/v1/cases?${query}`)), places);
    });
  }

  await t.test('a key that is not known is refused by its name, in a body and in a query', async () => {
    const absent = '/v1/cases/00000000-0000-4000-8000-000000000000/approve';
    for (const problem of [
      await refusal('POST', '/v1/cases', { ...GOOD, Force: true }),
      await refusal('POST', absent, { reason: 'a test', Force: true }),
      await refusal('GET', '/v1/cases?Force=true'),
    ]) {
      assert.match(JSON.stringify(problem.errors), /Force/);
    }
  });

  const { scenario } = service.fastio;
  const ada = scenario.addUser({ email: 'ada@example.com', sessions: 2, tokens: 1 });
  const workspaces = ['one', 'two'].map((name) => scenario.addWorkspace({ ownerId: ada.id, name }).id);
  const before = service.fastio.leftovers(ada.id);
  const preview = async (email: string, playbook: string): Promise<PreviewView> => {
    const { status, body } = await service.call('POST', '/v1/cases', { email, playbook, reason: 'a test', dryRun: true });
    assert.equal(status, 200);
    return (body as { plan: PreviewView }).plan;
  };

  await t.test('a dry run says what would be done for somebody who has an account and workspaces', async () => {
    const { hold, targets } = await preview('ADA@example.com', 'offboard');
    const [fastio] = targets;
    assert.deepEqual([hold, fastio?.account, fastio?.problem], [null, 'found', null]);
    const transfers = fastio?.steps.filter(({ action }) => action === 'transfer-workspace') ?? [];
    assert.deepEqual(new Set(transfers.map(({ subject }) => subject)), new Set(workspaces));
    const actions = fastio?.steps.map(({ action }) => action) ?? [];
    assert.ok(actions.indexOf('suspend') < actions.indexOf('remove-member'));
  });

  await t.test('a dry run says what would be done for an emergency, which takes nothing away', async () => {
    const [fastio] = (await preview('ada@example.com', 'contain')).targets;
    assert.deepEqual(new Set(fastio?.steps.map(({ phase }) => phase)), new Set(['resolve', 'contain']));
  });

  await t.test('a dry run says what would be done for somebody who is protected', async () => {
    assert.match((await preview('Boss@example.com', 'offboard')).hold ?? '', /protected/);
  });

  await t.test('a dry run says what would be done for somebody without an account', async () => {
    const [fastio] = (await preview('nobody@example.com', 'offboard')).targets;
    assert.deepEqual([fastio?.account, fastio?.steps], ['absent', []]);
  });

  await t.test('a dry run says what would be done for a target that does not answer', async () => {
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
