import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LONG, runs, sized } from '../../support/sweep.ts';
import { withConnection } from '../support/rows.ts';
import type { Answer, Attempt, Fuzzed } from './attempt.ts';
import { FORGED_USER } from './entra-graph.ts';
import { assertNoGrowth, type Memory, memoryAfterCollection, tellMemory } from './memory.ts';
import { watchProbes } from './probes.ts';
import { type Stage, setStage } from './stage.ts';
import { createTally } from './tally.ts';

/** How many attempts each channel gets, and how many of them at once. */
const ATTEMPTS = sized({ short: 200, long: 100_000 });
const VOLLEY = sized({ short: 10, long: 50 });
const VOLLEYS = ATTEMPTS / VOLLEY;

/** A collection takes its time. */
const MEMORY_EVERY = VOLLEYS / 100;

/** One channel by its name: `LEAVER_FUZZ_CHANNEL=scim npm run test:long -- test/intake/fuzz/fuzz.test.ts`. All of them otherwise. */
const ONLY = process.env['LEAVER_FUZZ_CHANNEL'];

/** 501 is how SCIM says that an endpoint is not offered (RFC 7644, section 3.12). */
function isFault({ status }: Answer, { path }: Attempt): boolean {
  return status >= 500 && status !== 503 && !(status === 501 && /\/v2\/(?:Bulk|Me)\b/.test(path));
}

function assertAnswered({ check, hidesRefusals = false }: Fuzzed, attempt: Attempt, answer: Answer): void {
  const told = (): string =>
    `${answer.status} ${answer.text.slice(0, 300)} to ${JSON.stringify({ ...attempt, body: attempt.body.toString('latin1') })}`;
  assert.ok(!isFault(answer, attempt), told());
  assert.ok(attempt.isGenuine || hidesRefusals || answer.status >= 400, `a forgery was taken: ${told()}`);
  check?.(attempt, answer);
}

/** Everything stored since the moment is the body of a message that proved its sender, or was recorded as refused and touched nobody. */
async function assertNoForgeryStored({ databaseUrl, genuine }: Stage, since: Date): Promise<number> {
  return await withConnection(databaseUrl, async (client) => {
    const { rows } = await client.query<{ body_sha256: string; channel: string; isRefused: boolean }>(
      `select body_sha256, channel,
         verified_by = 'nothing' and disposition in ('refused', 'duplicate') and person_id is null and case_id is null as "isRefused"
       from signal where received_at >= $1`,
      [since],
    );
    const believed = rows.filter(({ isRefused }) => !isRefused);
    assert.deepEqual(
      believed.filter(({ body_sha256 }) => !genuine.has(body_sha256)),
      [],
      'a forgery was stored as believed',
    );
    const { rowCount } = await client.query('select from entra_user where subject = $1', [FORGED_USER]);
    assert.equal(rowCount, 0, 'a user whom only forged items named is to be read back');
    return believed.length;
  });
}

test('whatever is sent to any channel, nothing breaks, no forgery is believed, the probes answer throughout, and the memory does not grow', async (t) => {
  const stage = await setStage(t);
  const channels = stage.channels.filter(({ name }) => ONLY === undefined || name === ONLY);
  assert.ok(channels.length > 0, `there is no channel ${ONLY}; there are ${stage.channels.map(({ name }) => name).join(', ')}`);
  const tally = createTally();
  const memory: Memory[] = [];
  const probes = watchProbes(t, stage.url);
  let [stored, volleys] = [0, 0];
  const volley = fc
    .tuple(...channels.map(({ attempts }) => fc.array(attempts, { minLength: VOLLEY, maxLength: VOLLEY })))
    .map((all) => Object.assign(all, { [fc.toStringMethod]: () => 'a volley; the attempt stands in the message of the failure' }));
  const property = fc.asyncProperty(volley, async (all) => {
    const since = new Date();
    stage.genuine.clear();
    const answers = channels.flatMap((channel, index) =>
      (all[index] ?? []).map(async (attempt) => {
        const answer = await (channel.deliver?.(attempt, stage.send) ?? stage.send(attempt));
        assertAnswered(channel, attempt, answer);
        tally.note(channel.name, attempt, answer);
      }),
    );
    await Promise.all(answers);
    stored += await assertNoForgeryStored(stage, since);
    if (LONG && volleys % MEMORY_EVERY === 0) memory.push(memoryAfterCollection());
    volleys += 1;
  });
  await fc.assert(property, { ...runs(), numRuns: VOLLEYS, endOnFailure: true });

  const { asked, slowestMs } = await probes.end();
  assert.ok(asked > 20, `the probes were asked ${asked} times only`);
  for (const { name } of channels) {
    t.diagnostic(tally.told(name));
    tally.assertBothFates(name);
  }
  t.diagnostic(`${stored} signals were stored; the slowest of ${asked} probes took ${Math.round(slowestMs)} ms`);
  assert.ok(stored > 25 * channels.length, `only ${stored} signals were stored`);
  if (LONG) {
    t.diagnostic(tellMemory(memory));
    assertNoGrowth(memory);
  }
});
