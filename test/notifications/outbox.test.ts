import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { inTransaction } from '../../src/database/database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { deliverDue } from '../../src/notifications/deliver.ts';
import { createTell } from '../../src/notifications/outbox.ts';
import { claimMessages, expireMessages, forgetMessages, settleMessage } from '../../src/notifications/store.ts';
import { freshDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { ATTENTION, COMPLETED, DOWN, HELD, SILENT } from './support/happenings.ts';
import { DESK, openOffice, openPost } from './support/office.ts';

const EVERYWHERE = { ...DESK, mail: ['a@acme.example', 'b@acme.example', 'a@acme.example'], slack: true, webhook: true };

test('the outbox', async (t) => {
  const { db } = await freshDatabase(t);

  await t.test('what is told within a transaction goes out when it is committed', async () => {
    const { tell, deliver, post, rows } = await openOffice(db);
    await tell([HELD, COMPLETED]);
    assert.equal(await deliver(), 2);
    assert.deepEqual(post.sent.map(({ happened }) => happened.event).sort(), ['case.completed', 'case.held']);
    assert.deepEqual(post.sent.find(({ happened }) => happened.event === 'case.held')?.happened, HELD);
    assert.deepEqual(
      (await rows()).map(({ state, attempts, facts }) => [state, attempts, facts]),
      [
        ['sent', 1, {}],
        ['sent', 1, {}],
      ],
    );
    assert.equal(await deliver(), 0);
  });

  await t.test('what is told within a transaction that is rolled back is never told', async () => {
    const { deliver, rows } = await openOffice(db);
    const hurried: boolean[] = [];
    const tell = createTell({ recipients: DESK, newId, onTold: () => hurried.push(true) });
    const change = inTransaction(db, async (tx) => {
      tell(tx, [HELD]);
      throw new Error('the change fails');
    });
    await assert.rejects(change, /the change fails/);
    assert.deepEqual([await rows(), await deliver(), hurried], [[], 0, []]);
  });

  await t.test('each receiver has a message of their own, one each, on every channel', async () => {
    const { tell, rows } = await openOffice(db);
    await tell([ATTENTION], EVERYWHERE);
    const told = await rows();
    assert.deepEqual(
      told.map(({ channel, recipient }) => `${channel} ${recipient}`),
      ['mail a@acme.example', 'mail b@acme.example', 'slack operators', 'webhook operators'],
    );
    assert.equal(new Set(told.map(({ id }) => id)).size, 4);
  });

  await t.test('operators are told of the events that they want, and of no others', async () => {
    const { tell, rows } = await openOffice(db);
    await tell([HELD, COMPLETED, SILENT], { ...DESK, events: ['intake.silent'] });
    assert.equal((await rows()).length, 1);
  });

  await t.test('one receiver who cannot be reached keeps a message from nobody else', async () => {
    const { tell, deliver, post, rows } = await openOffice(db);
    post.answer = ({ recipient }) => (recipient === 'a@acme.example' ? { kind: 'never', problem: '550' } : { kind: 'sent' });
    await tell([HELD], { ...DESK, mail: ['a@acme.example', 'b@acme.example'] });
    await deliver();
    assert.deepEqual(
      (await rows()).map(({ state, problem }) => [state, problem]),
      [
        ['refused', '550'],
        ['sent', null],
      ],
    );
  });

  await t.test('a message that could not be sent comes again when its time has come, with the same id, and not before', async () => {
    const { tell, deliver, post, rows, pass } = await openOffice(db);
    post.answer = () => ({ kind: 'later', problem: 'busy' });
    await tell([HELD]);
    await deliver();
    assert.deepEqual([await deliver(), (await rows())[0]?.problem], [0, 'busy']);
    await pass(6);
    post.answer = () => ({ kind: 'sent' });
    assert.equal(await deliver(), 1);
    const [first, second, ...more] = post.sent;
    assert.deepEqual([first?.id, first?.happened, more.length], [second?.id, second?.happened, 0]);
    assert.deepEqual(
      (await rows()).map(({ state, attempts, problem }) => [state, attempts, problem]),
      [['sent', 2, null]],
    );
  });

  await t.test('many couriers at once send each message once', async () => {
    const { tell, needs, post } = await openOffice(db);
    await tell(Array.from({ length: 30 }, () => HELD));
    const signal = new AbortController().signal;
    const courier = async (): Promise<void> => {
      while ((await deliverDue(needs, signal)) > 0);
    };
    await Promise.all([courier(), courier(), courier(), courier()]);
    assert.equal(post.sent.length, 30);
    assert.equal(new Set(post.sent.map(({ id }) => id)).size, 30);
  });

  await t.test(
    'a process that dies after it sent and before it said so: the message comes again after a while, with the same id',
    async () => {
      const { tell, deliver, post, pass } = await openOffice(db);
      await tell([HELD]);
      const [lost] = await claimMessages(db, ['mail'], 5, 120_000);
      assert.equal(await deliver(), 0);
      await pass(121);
      assert.equal(await deliver(), 1);
      assert.equal(post.sent[0]?.id, lost?.id);
    },
  );

  await t.test('who claimed a message and was away for too long changes nothing when it comes back', async () => {
    const { tell, deliver, post, rows, pass } = await openOffice(db);
    await tell([HELD]);
    const [stale] = await claimMessages(db, ['mail'], 5, 120_000);
    assert.ok(stale);
    await pass(121);
    post.answer = async () => {
      assert.equal(await settleMessage(db, stale, { state: 'refused', problem: 'from the past' }), false);
      return { kind: 'sent' };
    };
    await deliver();
    assert.equal(await settleMessage(db, stale, { state: 'pending', afterMs: 0, problem: 'from the past' }), false);
    assert.deepEqual((await rows())[0]?.state, 'sent');
  });

  await t.test('who was paused between the claim and the call sends nothing', async () => {
    const { needs, tell, post, rows } = await openOffice(db);
    await tell([HELD]);
    let reads = 0;
    const clock = { ...systemClock, monotonic: () => (reads++ === 0 ? 0 : 80_000) };
    await deliverDue({ ...needs, clock }, new AbortController().signal);
    assert.deepEqual([post.sent, (await rows())[0]?.state], [[], 'pending']);
  });

  await t.test('a process without a channel leaves its messages to those that have it', async () => {
    const { tell, needs, deliver, rows } = await openOffice(db);
    await tell([HELD], EVERYWHERE);
    await deliver();
    assert.deepEqual(
      (await rows()).map(({ channel, state }) => `${channel} ${state}`),
      ['mail sent', 'mail sent', 'slack pending', 'webhook pending'],
    );
    const slack = openPost();
    await deliverDue({ ...needs, senders: new Map([['slack', slack]]) }, new AbortController().signal);
    assert.equal(slack.sent.length, 1);
  });

  await t.test('a message that nobody could send for three days has expired, and what is settled is forgotten after a month', async () => {
    const { tell, rows, pass, deliver } = await openOffice(db);
    await tell([HELD], { ...DESK, slack: true });
    await deliver();
    const threeDays = 3 * 86_400;
    await pass(threeDays - 10);
    await expireMessages(db, threeDays * 1_000);
    assert.deepEqual(
      (await rows()).map(({ state }) => state),
      ['sent', 'pending'],
    );
    await pass(20);
    await expireMessages(db, threeDays * 1_000);
    assert.deepEqual(
      (await rows()).map(({ state, facts }) => [state, facts]),
      [
        ['sent', {}],
        ['expired', {}],
      ],
    );
    await forgetMessages(db, 30 * 86_400_000);
    assert.equal((await rows()).length, 2);
    await pass(31 * 86_400);
    await forgetMessages(db, 30 * 86_400_000);
    assert.equal((await rows()).length, 0);
  });

  await t.test('a sender that throws loses no message', async () => {
    const { tell, deliver, post, rows } = await openOffice(db);
    post.answer = () => {
      throw new Error('nobody foresaw this');
    };
    await tell([HELD]);
    await deliver();
    assert.deepEqual(
      (await rows()).map(({ state, problem }) => [state, problem]),
      [['pending', 'Leaver failed at it (nobody foresaw this)']],
    );
  });

  await t.test('what came of a message is kept although the database is away for a moment, so that it is not sent again', async () => {
    const { tell, deliver, post, rows, lines } = await openOffice(db);
    await tell([HELD]);
    post.answer = async () => {
      await sql`alter table notification rename to notification_away`.execute(db);
      return { kind: 'sent' };
    };
    const delivered = deliver();
    await eventually('it could not be stored', () => lines.some((line) => line.includes('could not be stored')));
    await sql`alter table notification_away rename to notification`.execute(db);
    await delivered;
    assert.deepEqual([(await rows())[0]?.state, post.sent.length, await deliver()], ['sent', 1, 0]);
  });

  await t.test('a target that comes and goes is told of once in half an hour, and another target all the same', async () => {
    const { tell, rows, pass } = await openOffice(db);
    const recipients = { ...DESK, slack: true };
    await tell([DOWN], recipients);
    await tell([DOWN], recipients);
    assert.equal((await rows()).length, 2);
    await tell([{ event: 'target.down', target: 'flashback', since: DOWN.event === 'target.down' ? DOWN.since : '' }], recipients);
    assert.equal((await rows()).length, 4);
    await pass(1_801);
    await tell([DOWN], recipients);
    assert.equal((await rows()).length, 6);
  });

  await t.test('a message that is given up is an alert in the log, and the log names no address at all', async () => {
    const { tell, deliver, post, lines } = await openOffice(db);
    post.answer = ({ happened }) =>
      happened.event === 'case.held' ? { kind: 'never', problem: 'the mail server answered 550' } : { kind: 'later', problem: 'busy' };
    await tell([HELD, COMPLETED]);
    await deliver();
    const alerts = lines
      .map((line) => JSON.parse(line) as { alert?: string; level: number })
      .filter(({ alert }) => alert === 'notification-lost');
    assert.deepEqual(
      alerts.map(({ level }) => level),
      [50],
    );
    assert.doesNotMatch(lines.join(''), /@/);
  });
});
