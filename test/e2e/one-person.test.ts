import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { casesOf, recordedSignals } from '../intake/support/recorded.ts';
import { rows } from '../intake/support/rows.ts';
import { eventually } from '../support/eventually.ts';
import { SEED } from '../support/sweep.ts';
import { CHANNELS, type Channel, channelsOf, type Leaver, type Stage, setStage } from './six-senders.ts';

/** How many people there are in each of the tests below. */
const CROWD = { inTurn: CHANNELS.length, atOnce: 2, late: 2 } as const;

/** All has come to one case, which took the person out once. */
async function assertOneCase({ service }: Stage, { email, accountId }: Leaver): Promise<void> {
  await eventually(`${email} has a signal of each channel`, async () => (await channelsOf(service, email)).length >= CHANNELS.length);
  const { id, playbook } = await service.untilState(email, 'completed');
  assert.deepEqual([playbook, (await casesOf(service, email)).length], ['offboard', 1]);
  assert.deepEqual(await channelsOf(service, email), [...CHANNELS].sort());
  const told = (await recordedSignals(service)).filter(({ caseId }) => caseId === id);
  assert.ok(
    told.every(({ disposition }) => disposition === 'accepted'),
    JSON.stringify(told),
  );
  const removals = service.fastio.effects.filter(({ kind, userId }) => kind === 'user.deleted' && userId === accountId);
  assert.equal(removals.length, 1);
}

async function assertPeople({ service }: Stage, count: number): Promise<void> {
  const [people] = await rows<{ count: number }>(service.databaseUrl, 'select count(*)::int as count from person');
  assert.equal(people?.count, count, 'one person was taken for several');
  assert.deepEqual(service.fastio.violations, []);
}

/** A target that is slow to lock somebody out, so that their case is open for as long as `work` takes. */
async function whileOpen({ service: { fastio } }: Stage, { accountId }: Leaver, work: () => Promise<void>): Promise<void> {
  const hold = fastio.pause({ call: 'suspend', subject: accountId }, 'before-effect');
  await work().finally(() => hold.release());
}

const anyOrder = fc.shuffledSubarray([...CHANNELS], { minLength: CHANNELS.length });

function someOrders(numRuns: number): Channel[][] {
  return fc.sample(anyOrder, { seed: SEED, numRuns });
}

/** In each of them it is another channel that speaks first. */
function ordersByFirst(): Channel[][] {
  return someOrders(CHANNELS.length).map((order, index) => beginWith(CHANNELS[index] ?? 'scim', order));
}

function beginWith(first: Channel, order: readonly Channel[]): Channel[] {
  return [first, ...order.filter((channel) => channel !== first)];
}

test('the same person over six channels is one case with six signals', async (t) => {
  const stage = await setStage(t, CROWD.inTurn + CROWD.atOnce + CROWD.late);
  const { tell, newLeaver } = stage;
  let people = 0;
  const forEach = async (orders: readonly Channel[][], leave: (leaver: Leaver, order: readonly Channel[]) => Promise<void>) => {
    people += orders.length;
    await Promise.all(
      orders.map(async (order) => {
        const leaver = await newLeaver();
        await leave(leaver, order);
        await assertOneCase(stage, leaver).catch((error: unknown) => {
          throw new Error(`in the order ${order.join(', ')}`, { cause: error });
        });
      }),
    );
    await assertPeople(stage, people);
  };
  const inTurn = async (leaver: Leaver, order: readonly Channel[]): Promise<void> => {
    for (const channel of order) await tell[channel](leaver);
  };

  await t.test('one after the other, in any order, while the case is open', async () => {
    await forEach(ordersByFirst(), async (leaver, order) => {
      await whileOpen(stage, leaver, async () => await inTurn(leaver, order));
    });
  });

  await t.test('all of them at the same instant', async () => {
    await forEach(someOrders(CROWD.atOnce), async (leaver, order) => {
      await whileOpen(stage, leaver, async () => void (await Promise.all(order.map(async (channel) => await tell[channel](leaver)))));
    });
  });

  await t.test('when the person is out before the others have spoken, be the first a departure', async () => {
    const [one = [], another = []] = someOrders(CROWD.late);
    await forEach([beginWith('scim', one), beginWith('entra-graph', another)], async (leaver, [first = 'scim', ...others]) => {
      await tell[first](leaver);
      await stage.service.untilState(leaver.email, 'completed');
      await inTurn(leaver, others);
    });
  });
});
