import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SeenRequest } from '../../src/outbound/observe.ts';
import { createTrail } from '../../src/outbound/trail.ts';

const SEEN: SeenRequest = {
  method: 'GET',
  host: 'files.example',
  path: '/members',
  query: ['limit'],
  status: 200,
  outcome: 'answered',
  requestId: 'r-1',
  tookMs: 12,
};

function after(count: number) {
  const trail = createTrail();
  for (let number = 0; number < count; number += 1) {
    trail.note({ ...SEEN, tookMs: number });
  }
  return trail.told();
}

suite('the requests of some work', () => {
  test('are kept as they were seen, without what there is nothing to say of', () => {
    const trail = createTrail();
    trail.note(SEEN);
    trail.note({ ...SEEN, query: [], requestId: null, status: null, outcome: 'unreachable' });
    const common = { method: 'GET', host: 'files.example', path: '/members', tookMs: 12 };
    assert.deepEqual(trail.told(), {
      requests: [
        { ...common, status: 200, outcome: 'answered', query: ['limit'], requestId: 'r-1' },
        { ...common, status: null, outcome: 'unreachable' },
      ],
    });
  });

  test('are nothing where nothing was sent', () => {
    assert.deepEqual(after(0), {});
  });

  test('are all kept as long as they are few', () => {
    assert.deepEqual([after(40).requests?.length, after(40).requestsLeftOut], [40, undefined]);
  });

  test('are the first and the last where they are many, and the rest is counted', () => {
    const { requests = [], requestsLeftOut } = after(1_000);
    assert.deepEqual([requests.length, requestsLeftOut], [40, 960]);
    assert.deepEqual(
      [requests[0]?.['tookMs'], requests[19]?.['tookMs'], requests[20]?.['tookMs'], requests[39]?.['tookMs']],
      [0, 19, 980, 999],
    );
  });
});
