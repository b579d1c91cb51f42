import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createCourier } from '../../src/notifications/courier.ts';
import { createTellSuccessor } from '../../src/notifications/successor.ts';
import { freshDatabase } from '../support/database.ts';
import { RECEIVED } from './support/happenings.ts';
import { openOffice } from './support/office.ts';

const ALIVE = new AbortController().signal;

test('telling a successor', async (t) => {
  const { db } = await freshDatabase(t);

  /** The office, a courier who works unless the test says otherwise, and the way to tell somebody. */
  async function open({ works = true, patienceMs = 10_000 } = {}) {
    const office = await openOffice(db);
    const courier = createCourier(office.needs);
    if (works) courier.start();
    let now = 0;
    const clock = works ? systemClock : { ...systemClock, monotonic: () => (now += patienceMs) };
    const tellSuccessor = createTellSuccessor({ db, newId, clock, from: 'leaver@acme.example', hurry: courier.hurry });
    const { event: _, ...facts } = RECEIVED;
    const notice = { ...facts, email: 'sue@acme.example', key: newId() };
    return { ...office, courier, notice, tell: async (more = {}, signal = ALIVE) => await tellSuccessor({ ...notice, ...more }, signal) };
  }

  await t.test('is over when the mail server took the mail, and says by which id it can be found', async () => {
    const { tell, post, courier } = await open();
    const telling = await tell();
    const [mail, ...more] = post.sent;
    assert.deepEqual(
      [telling, mail?.happened, mail?.recipient, more],
      [{ kind: 'accepted', messageId: `<${mail?.id}@acme.example>` }, RECEIVED, 'sue@acme.example', []],
    );
    await courier.stop(0);
  });

  await t.test('once more for the same step sends nothing more', async () => {
    const { tell, post, courier } = await open();
    const first = await tell();
    assert.deepEqual(await Promise.all([tell(), tell()]), [first, first]);
    assert.equal(post.sent.length, 1);
    await courier.stop(0);
  });

  await t.test('two attempts at once for one step are one mail', async () => {
    const { tell, post, courier } = await open();
    const [first, second] = await Promise.all([tell(), tell()]);
    assert.deepEqual(first, second);
    assert.equal(post.sent.length, 1);
    await courier.stop(0);
  });

  await t.test('waits while the mail server does not take it, and says why', async () => {
    const { tell, post, courier } = await open();
    post.answer = () => ({ kind: 'later', problem: 'the mail server answered 450' });
    assert.deepEqual(await tell(), { kind: 'waiting', problem: 'the mail server answered 450' });
    await courier.stop(0);
  });

  await t.test('does not wait for ever when nobody sends', async () => {
    const { tell } = await open({ works: false });
    assert.deepEqual(await tell(), { kind: 'waiting', problem: 'the mail server has not answered yet' });
  });

  await t.test('is over as refused when the address does not exist', async () => {
    const { tell, post, courier } = await open();
    post.answer = () => ({ kind: 'never', problem: 'the mail server answered 550' });
    assert.deepEqual(await tell(), { kind: 'refused', problem: 'the mail server answered 550' });
    await courier.stop(0);
  });

  await t.test('begins anew when the mail had expired, with the id that it had', async () => {
    const { tell, post, courier, rows } = await open();
    post.answer = () => ({ kind: 'later', problem: 'busy', afterMs: 4 * 86_400_000 });
    await tell();
    assert.equal((await rows())[0]?.state, 'expired');
    post.answer = () => ({ kind: 'sent' });
    const again = await tell();
    const [first, second] = post.sent;
    assert.equal(first?.id, second?.id);
    assert.deepEqual(again.kind === 'waiting' ? (await tell()).kind : again.kind, 'accepted');
    await courier.stop(0);
  });

  await t.test('ends when the attempt is called off', async () => {
    const { tell } = await open({ works: false, patienceMs: 1 });
    await assert.rejects(tell({}, AbortSignal.abort(new Error('the worker stops'))), /the worker stops|aborted/);
  });
});
