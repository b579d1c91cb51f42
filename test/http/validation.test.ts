import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../src/http/problem.ts';
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
  ['state=lost', ['/state']],
  ['state=running&state=held', ['/state']],
];

test('what is wrong with a request is said place by place, and nothing is done', async (t) => {
  const service = await startService(t);
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

  assert.deepEqual(await countRows(service.databaseUrl, 'offboarding_case', 'person', 'ledger_entry'), {
    offboarding_case: 0,
    person: 0,
    ledger_entry: 0,
  });
});
