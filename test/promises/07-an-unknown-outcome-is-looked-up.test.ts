import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallName } from '../../src/sandbox/fastio/calls.ts';
import { startService } from '../support/service.ts';

/** The calls that must not happen twice, and what shows whether each took effect when its answer was lost. */
const LOOKS: readonly (readonly [CallName, CallName])[] = [
  ['transfer', 'inventory'],
  ['remove', 'resolve'],
];

for (const [call, look] of LOOKS) {
  test(`an unknown outcome is looked up, never guessed: a lost answer of ${call} is followed by ${look}, and the call is not made again`, async (t) => {
    const { fastio, okta, untilState } = await startService(t);
    const leaver = fastio.scenario.addUser({ email: 'leaver@example.com', sessions: 1, tokens: 1 });
    fastio.scenario.addWorkspace({ ownerId: leaver.id });
    fastio.expectLeaver(leaver.id);
    const fault = fastio.fail(call, 'reset-after-effect');
    await okta.deactivate({ id: '00u1', login: 'leaver@example.com' });
    await untilState('leaver@example.com', 'completed');
    assert.equal(fault.hits, 1);
    const made = fastio.requests.filter((request) => request.call === call);
    assert.equal(made.length, 1, 'the call was made once');
    const seq = made[0]?.seq ?? Number.NaN;
    assert.ok(
      fastio.requests.some((request) => request.call === look && request.seq > seq),
      'it was looked at afterwards',
    );
    assert.deepEqual(fastio.violations, []);
  });
}
