import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallName } from '../../src/sandbox/fastio/calls.ts';
import { CALLS } from '../../src/sandbox/fastio/calls.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';

const PEOPLE = 8;

interface TargetAnswer {
  readonly downSince: string | null;
}

test('a target that is down costs nobody their schedule, and whoever waits for it is taken out once it answers', async (t) => {
  const service = await startService(t, {
    config: {
      http: { timeoutMs: 500, retry: { attempts: 1, minDelayMs: 10, maxDelayMs: 10 } },
      // So few pauses fit into it that each person would need somebody's help if the outage counted.
      policy: { stepRetry: { minDelayMs: 200, maxDelayMs: 400, deadlineMs: 2_500 } },
    },
  });
  const { fastio, okta, call, untilState } = service;
  const emails = Array.from({ length: PEOPLE }, (_, index) => `leaver${index}@example.com`);
  for (const email of emails) {
    fastio.scenario.addUser({ email });
  }
  const downSince = async (): Promise<string | null> => {
    const { body } = await call('GET', '/v1/targets');
    return (body as { items: TargetAnswer[] }).items[0]?.downSince ?? null;
  };
  for (const name of Object.keys(CALLS) as CallName[]) {
    fastio.fail(name, { status: 502, body: 'empty' }, { times: Number.POSITIVE_INFINITY });
  }
  for (const email of emails) {
    assert.equal((await okta.deactivate({ id: `00u${email}`, login: email })).status, 204);
  }
  const since = await eventually('the target counts as down', downSince);
  // Longer than any schedule here lasts: what has to be told is told, without giving anybody up.
  const { reason, steps } = await untilState(emails[0] ?? '', 'attention');
  assert.match(reason ?? '', new RegExp(`^fastio has not answered since ${since}; resolve-account waits for it\\.`));
  assert.ok(steps.every(({ state }) => state === 'pending'));
  const asked = fastio.requests.length;

  fastio.clearFaults();
  for (const email of emails) {
    const { steps: done } = await untilState(email, 'completed');
    assert.ok(done.every(({ attempts }) => attempts <= 6));
  }
  assert.equal(await downSince(), null);
  assert.ok(asked < 8 * PEOPLE, `${asked} requests while it was down`);
  assert.deepEqual(fastio.violations, []);
});
