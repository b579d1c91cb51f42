import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CallName } from '../../src/sandbox/fastio/calls.ts';
import type { HoldPoint } from '../../src/sandbox/fastio/fastio.ts';
import { operatorOf } from '../support/service.ts';
import { addLeaver, announce, type Leaver } from './support/leavers.ts';
import { openPlace, PATIENCE_MS, type Place } from './support/place.ts';
import { assertEpochs, provenEntries } from './support/proof.ts';

/** Where somebody's case stands when the process is killed: every changing call of the way back, with and without its effect. */
const STANDS: readonly { readonly call: CallName; readonly point: HoldPoint }[] = [
  { call: 'release', point: 'before-effect' },
  { call: 'release', point: 'after-effect' },
  { call: 'transfer', point: 'before-effect' },
  { call: 'transfer', point: 'after-effect' },
];

/** Somebody whose workspaces were handed over, and whom the target refuses to remove. */
async function handOver({ fastio }: Place, url: string): Promise<Leaver & { readonly caseId: string }> {
  const leaver = addLeaver(fastio);
  fastio.fail({ call: 'remove', subject: leaver.userId }, { status: 403 }, { times: Number.POSITIVE_INFINITY });
  await announce(leaver, url);
  const { id } = await operatorOf(url).untilState(leaver.email, 'attention', PATIENCE_MS);
  return { ...leaver, caseId: id };
}

test('kill -9 while a case is taken back is harmless: the account and every workspace are given back once', async (t: TestContext) => {
  const place = await openPlace(t);
  const { fastio, start } = place;
  const first = await start();
  const standing = [];
  for (const { call, point } of STANDS) {
    const leaver = await handOver(place, first.url);
    const subject = call === 'transfer' ? leaver.subjects.get('workspace one') : leaver.userId;
    const hold = fastio.pause({ call, subject: subject ?? '' }, point);
    await operatorOf(first.url).call('POST', `/v1/cases/${leaver.caseId}/reverse`, { reason: 'they stay' });
    await hold.arrived;
    standing.push({ leaver, hold });
  }
  await first.end('SIGKILL');
  for (const { hold } of standing) {
    hold.drop();
  }

  const second = await start();
  const operator = operatorOf(second.url);
  for (const { leaver } of standing) {
    await operator.untilState(leaver.email, 'reversed', PATIENCE_MS);
    assert.equal(fastio.users.get(leaver.userId)?.status, 'active', leaver.email);
    assert.equal(fastio.leftovers(leaver.userId).workspaces, 2, leaver.email);
    const kinds = fastio.effects
      .filter(({ userId, newOwnerId }) => userId === leaver.userId || newOwnerId === leaver.userId)
      .map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'user.activated').length, 1, leaver.email);
    assert.equal(kinds.filter((kind) => kind === 'workspace.transferred').length, 4, `${leaver.email}: two there, two back`);
    assertEpochs(await provenEntries(operator, leaver.caseId));
  }
  assert.deepEqual(fastio.violations, []);
  assert.deepEqual(await second.end('SIGTERM'), { code: 0, signal: null });
});
