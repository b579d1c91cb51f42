import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Disposition, Signal } from '../../src/intake/signal.ts';
import { newId } from '../../src/kernel/ids.ts';
import { recheckPeople } from '../../src/offboarding/recheck.ts';
import { FILES } from '../offboarding/support/cases.ts';
import { SILENT } from '../offboarding/support/stage.ts';
import { scripted, VERIFIED } from '../offboarding/support/workshop.ts';
import { openReception, signalOf } from './support/reception.ts';

const EMAIL = 'ada@acme.example';
const IN_TWO_WEEKS = new Date(Date.now() + 14 * 86_400_000);

/** Somebody who is said to leave in two weeks while an operator takes an earlier case of theirs back. */
async function leavingAgain(t: TestContext) {
  const { intake, offboarding, stage } = await openReception(t);
  const { db, ledger, policy } = stage;
  const say = async (signal: Signal): Promise<Disposition | undefined> => (await intake.accept([signal]))[0];
  await say(signalOf('offboard', EMAIL, 10));
  const [first] = (await offboarding.list({ email: EMAIL, limit: 10 })).items;
  const id = first?.id ?? '';
  await db.updateTable('offboarding_case').set({ undo: 'cancel', state: 'running', hold: null }).where('id', '=', id).execute();
  assert.equal(await say(signalOf('offboard', EMAIL, 20, { connection: 'hr', effectiveAt: IN_TWO_WEEKS })), 'accepted');
  return {
    id,
    say,
    /** The way back comes to its end, two weeks go by, and the person is found in the target. */
    twoWeeksLater: async () => {
      const over = { state: 'cancelled', completed_at: new Date(), look_again_at: null };
      await db.updateTable('offboarding_case').set(over).where('id', '=', id).execute();
      await db.updateTable('recheck').set({ next_attempt_at: new Date() }).execute();
      const targets = [scripted(FILES, async () => VERIFIED)];
      const { openOrJoin } = offboarding;
      const needs = { db, ledger, targets, stepRetry: policy.stepRetry, log: SILENT, newId, random: () => 0, openOrJoin };
      await recheckPeople(needs, () => undefined, AbortSignal.timeout(60_000));
      const [latest, ...before] = (await offboarding.list({ email: EMAIL, limit: 10 })).items;
      assert.deepEqual(
        before.map((one) => one.id),
        [id],
      );
      return latest;
    },
  };
}

test('a return while the case is being taken back is kept for the departure that is looked up afterwards: that one is held', async (t) => {
  const { id, say, twoWeeksLater } = await leavingAgain(t);
  const back = signalOf('back', EMAIL, 30, { kind: 'user.lifecycle.reactivate' });
  assert.equal(await say(back), 'contradicted');
  const latest = await twoWeeksLater();
  assert.notEqual(latest?.id, id);
  assert.equal(latest?.state, 'held');
  assert.match(latest?.reason ?? '', /^okta-main says that the person is active again \(user\.lifecycle\.reactivate\)/);
});

test('a return from before the departure is kept for nothing: the departure goes on', async (t) => {
  const { say, twoWeeksLater } = await leavingAgain(t);
  assert.equal(await say(signalOf('back', EMAIL, 15)), 'ignored');
  assert.equal((await twoWeeksLater())?.state, 'running');
});
