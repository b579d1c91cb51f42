import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/kernel/clock.ts';
import { createCourier } from '../../src/notifications/courier.ts';
import type { Channel } from '../../src/notifications/recipients.ts';
import type { Sent } from '../../src/notifications/schedule.ts';
import type { Sender } from '../../src/notifications/sender.ts';
import { freshDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { HELD } from './support/happenings.ts';
import { DESK, openOffice, openPost } from './support/office.ts';

test('the courier', async (t) => {
  const { db } = await freshDatabase(t);

  await t.test('looks by itself now and then, so that what another process told goes out', async () => {
    const { needs, tell, post } = await openOffice(db);
    const hasty = { ...systemClock, sleep: async (ms: number, signal?: AbortSignal) => await systemClock.sleep(Math.min(ms, 30), signal) };
    const courier = createCourier({ ...needs, clock: hasty });
    courier.start();
    await eventually('it has looked', async () => post.sent.length === 0);
    await tell([HELD]);
    await eventually('the message is sent', () => post.sent.length === 1);
    await courier.stop(1_000);
  });

  await t.test('goes at once when it is told to hurry', async () => {
    const { needs, tell, post } = await openOffice(db);
    const neverByItself = { ...systemClock, sleep: async (_ms: number, signal?: AbortSignal) => await systemClock.sleep(2 ** 30, signal) };
    const courier = createCourier({ ...needs, clock: neverByItself });
    courier.start();
    await tell([HELD]);
    courier.hurry();
    await eventually('the message is sent', () => post.sent.length === 1);
    await courier.stop(1_000);
  });

  await t.test('keeps nothing from one channel because another does not answer', async () => {
    const { needs, tell, post } = await openOffice(db);
    const slack = openPost();
    const answer = Promise.withResolvers<Sent>();
    post.answer = async () => await answer.promise;
    const courier = createCourier({
      ...needs,
      senders: new Map<Channel, Sender>([
        ['mail', post],
        ['slack', slack],
      ]),
    });
    courier.start();
    await tell([HELD], { ...DESK, slack: true });
    courier.hurry();
    await eventually('the other channel has its message', () => slack.sent.length === 1);
    answer.resolve({ kind: 'sent' });
    await courier.stop(1_000);
  });

  await t.test('lets a message on its way arrive when it is stopped', async () => {
    const { needs, tell, post, rows } = await openOffice(db);
    const arrival = Promise.withResolvers<Sent>();
    post.answer = async () => await arrival.promise;
    const courier = createCourier(needs);
    courier.start();
    await tell([HELD]);
    courier.hurry();
    await eventually('it is on its way', () => post.sent.length === 1);
    const stopped = courier.stop(10_000);
    arrival.resolve({ kind: 'sent' });
    await stopped;
    assert.equal((await rows())[0]?.state, 'sent');
  });

  await t.test('calls a message off that takes too long then, and it is sent later', async () => {
    const { needs, tell, post, rows } = await openOffice(db);
    const slow = {
      ...post,
      send: async (_: unknown, signal: AbortSignal): Promise<Sent> => {
        post.sent.push(_ as never);
        await systemClock.sleep(2 ** 30, signal).catch(() => undefined);
        return { kind: 'later', problem: 'called off' };
      },
    };
    const courier = createCourier({ ...needs, senders: new Map([['mail', slow]]) });
    courier.start();
    await tell([HELD]);
    courier.hurry();
    await eventually('it is on its way', () => post.sent.length === 1);
    await courier.stop(10);
    assert.deepEqual(
      (await rows()).map(({ state, problem }) => [state, problem]),
      [['pending', 'called off']],
    );
  });

  await t.test('that was never started can be stopped', async () => {
    const { needs } = await openOffice(db);
    await createCourier(needs).stop(0);
  });
});
