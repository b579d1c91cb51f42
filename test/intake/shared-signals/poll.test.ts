import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createPoller, type Poller, type PollWaits } from '../../../src/intake/shared-signals/poll.ts';
import { createSetVerifier } from '../../../src/intake/shared-signals/verify.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { RISC } from '../../../src/sandbox/security-event.ts';
import type { Transmitter, TransmitterOptions } from '../../../src/sandbox/transmitter.ts';
import { eventually } from '../../support/eventually.ts';
import { undo } from '../../support/undo.ts';
import { keptLog } from '../../targets/support/log-lines.ts';
import { type KeepingIntake, keepingIntake } from '../support/route-server.ts';
import { AUDIENCE, startTestTransmitter } from '../support/transmitter.ts';

const TOKEN = 'the-token-of-the-transmitter';

interface Stage {
  readonly transmitter: Transmitter;
  readonly intake: KeepingIntake;
  readonly poller: Poller;
  readonly lines: string[];
  /** Every pause between polls, in milliseconds; none takes longer than a moment here. */
  readonly pauses: number[];
  /** Of the polls, as they are counted. */
  readonly outcomes: string[];
  /** Moves the time that has passed on. */
  move(ms: number): void;
  /** Puts tokens of the transmitter where they wait to be polled, and tells their ids. */
  enqueue(...changes: readonly Record<string, unknown>[]): Promise<string[]>;
}

async function setStage(
  t: TestContext,
  { token = TOKEN, waits, ...options }: Partial<TransmitterOptions> & { token?: string; waits?: PollWaits } = {},
): Promise<Stage> {
  const transmitter = await startTestTransmitter(t, options);
  const intake = keepingIntake();
  const { log, lines } = keptLog();
  const pauses: number[] = [];
  const outcomes: string[] = [];
  let moved = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => moved,
    sleep: async (ms, signal) => {
      pauses.push(ms);
      await systemClock.sleep(Math.min(ms, 5), signal);
    },
  };
  const { issuer, jwksUri } = transmitter;
  const poller = createPoller({
    stream: {
      connection: 'signals',
      issuer,
      bearer: [],
      verifier: createSetVerifier({ issuer, audience: AUDIENCE, jwksUri }, { clock, log }),
      criticalMembers: async () => [],
    },
    poll: { url: transmitter.streams.pollUrl, intervalMs: 10_000, token },
    meanings: {},
    intake,
    exclusively: async (_name, work, stopping) => await work(stopping),
    clock,
    log,
    observe: (seen) => void outcomes.push(seen.kind === 'stream-polled' ? seen.outcome : seen.kind),
    ...(waits && { waits }),
  });
  undo(t, async () => await poller.stop());
  const enqueue: Stage['enqueue'] = async (...changes) => {
    const all = changes.map((one) => ({
      ...transmitter.claims('ssf', { type: `${RISC}account-disabled`, subject: { email: 'ada@example.com' } }),
      ...one,
    }));
    for (const claims of all) {
      transmitter.streams.enqueue(await transmitter.sign(claims as Parameters<Transmitter['sign']>[0]));
    }
    return all.map((claims) => String((claims as Record<string, unknown>)['jti']));
  };
  const move = (ms: number): void => {
    moved += ms;
  };
  return { transmitter, intake, poller, lines, pauses, outcomes, move, enqueue };
}

const untilEmpty = async ({ streams }: Transmitter): Promise<void> =>
  void (await eventually('nothing waits to be polled any more', () => streams.waiting().length === 0));

test('what waits is fetched, stored, and acknowledged only then', async (t) => {
  const { transmitter, intake, poller, enqueue } = await setStage(t);
  const jtis = await enqueue({}, {});
  poller.start();
  await untilEmpty(transmitter);
  assert.deepEqual(intake.accepted.map(({ eventId }) => eventId).sort(), jtis.sort());
  const [first, second] = transmitter.streams.polls;
  assert.deepEqual([first?.ack, [...(second?.ack ?? [])].sort()], [undefined, jtis]);
});

test('what comes later comes at once, by the poll that waits for it', async (t) => {
  const { transmitter, intake, poller, pauses, enqueue } = await setStage(t);
  poller.start();
  await eventually('the long poll waits', () => transmitter.streams.polls.some(({ returnImmediately }) => returnImmediately === false));
  const before = pauses.length;
  const [jti] = await enqueue({});
  await eventually('the token is stored', () => intake.accepted.some(({ eventId }) => eventId === jti));
  assert.ok(pauses.slice(before).every((ms) => ms === 0));
});

test('more than one answer can hold comes in several, without a pause between them', async (t) => {
  const { transmitter, intake, poller, pauses, enqueue } = await setStage(t);
  await enqueue(...Array.from({ length: 150 }, () => ({})));
  poller.start();
  await untilEmpty(transmitter);
  assert.equal(intake.accepted.length, 150);
  assert.ok(pauses.slice(0, 2).every((ms) => ms === 0));
});

test('a token that is refused is told so and does not come again; the others are stored', async (t) => {
  const { transmitter, intake, poller, enqueue } = await setStage(t);
  const [wrong = '', right = ''] = await enqueue({ aud: 'https://other.example.com' }, {});
  poller.start();
  await untilEmpty(transmitter);
  const told = transmitter.streams.polls.find(({ setErrs }) => setErrs)?.setErrs;
  assert.deepEqual(Object.keys(told ?? {}), [wrong]);
  assert.equal(told?.[wrong]?.err, 'invalid_audience');
  assert.deepEqual(
    intake.accepted.map(({ eventId }) => eventId),
    [right],
  );
});

test('an entry that is no token is refused by itself: the tokens beside it are stored, and the stream goes on', async (t) => {
  const { transmitter, intake, poller, enqueue } = await setStage(t);
  for (const [jti, oddity] of Object.entries({ number: 7, nothing: null, object: { a: 'b' } })) {
    transmitter.streams.enqueueOddity(jti, oddity);
  }
  const [right] = await enqueue({});
  poller.start();
  await untilEmpty(transmitter);
  const told = transmitter.streams.polls.find(({ setErrs }) => setErrs)?.setErrs ?? {};
  assert.deepEqual(Object.keys(told).sort(), ['nothing', 'number', 'object']);
  assert.ok(Object.values(told).every(({ err, description }) => err === 'invalid_request' && /no security event token/.test(description)));
  const [later] = await enqueue({});
  await untilEmpty(transmitter);
  assert.deepEqual(
    intake.accepted.map(({ eventId }) => eventId),
    [right, later],
  );
});

test('what cannot be stored is not acknowledged, is fetched again after a pause, and is stored then', async (t) => {
  const { transmitter, intake, poller, pauses, enqueue } = await setStage(t);
  intake.say(null);
  const [jti] = await enqueue({});
  poller.start();
  await eventually('it was fetched several times', () => transmitter.streams.polls.length > 2);
  assert.deepEqual(transmitter.streams.waiting(), [jti]);
  assert.ok(pauses.every((ms) => ms > 0));
  intake.say('accepted');
  await untilEmpty(transmitter);
  assert.equal(intake.accepted.length, 1);
});

test('while the keys cannot be fetched, a token is neither stored nor refused', async (t) => {
  const { transmitter, intake, poller, enqueue } = await setStage(t);
  transmitter.serveKeys(false);
  const [jti] = await enqueue({});
  poller.start();
  await eventually('it was fetched several times', () => transmitter.streams.polls.length > 2);
  assert.deepEqual([transmitter.streams.waiting(), intake.accepted], [[jti], []]);
  assert.ok(transmitter.streams.polls.every(({ ack, setErrs }) => ack === undefined && setErrs === undefined));
});

test('the first token of a new key is not lost when the keys were fetched just before: it is neither acknowledged nor refused, and stored when it comes again', async (t) => {
  const { transmitter, intake, poller, move, enqueue } = await setStage(t);
  await enqueue({});
  poller.start();
  await untilEmpty(transmitter);
  await transmitter.rotate();
  const [first] = await enqueue({});
  const before = transmitter.streams.polls.length;
  await eventually('it was fetched several times', () => transmitter.streams.polls.length > before + 2);
  assert.deepEqual([transmitter.streams.waiting(), transmitter.keyFetches()], [[first], 1]);
  assert.ok(transmitter.streams.polls.every(({ setErrs }) => setErrs === undefined));
  move(5_000);
  await untilEmpty(transmitter);
  assert.deepEqual([intake.accepted.at(-1)?.eventId, intake.accepted.length, transmitter.keyFetches()], [first, 2, 2]);
});

test('a transmitter that fails is asked less and less often, and what was stored is acknowledged when it is back', async (t) => {
  const { transmitter, intake, poller, pauses, lines, enqueue } = await setStage(t);
  const [jti] = await enqueue({});
  intake.accept = async (signals) => {
    transmitter.streams.failPolls(503);
    intake.accepted.push(...signals);
    return signals.map(() => 'accepted');
  };
  poller.start();
  await eventually('it failed four times', () => pauses.length >= 5);
  assert.deepEqual(pauses.slice(0, 5), [0, 10_000, 20_000, 40_000, 80_000]);
  assert.match(lines.join(''), /the address answered 503, and not with tokens/);
  transmitter.streams.failPolls(null);
  await untilEmpty(transmitter);
  assert.deepEqual([intake.accepted.length, intake.accepted[0]?.eventId], [1, jti]);
});

test('a wrong token is refused by the transmitter, told to the operator, and not shown', async (t) => {
  const { poller, lines } = await setStage(t, { token: 'another-token-than-ours' });
  poller.start();
  await eventually('it is told', () => lines.some((line) => line.includes('the address answered 401')));
  assert.ok(!lines.join('').includes(TOKEN));
});

test('a transmitter that keeps long polls waiting for longer than we do is asked in between, and is no fault', async (t) => {
  const { transmitter, intake, poller, pauses, outcomes, lines, enqueue } = await setStage(t, {
    waits: { answerMs: 5_000, longPollMs: 20 },
  });
  poller.start();
  await eventually('it waited twice', () => outcomes.filter((outcome) => outcome === 'waited').length >= 2);
  assert.deepEqual(outcomes.slice(0, 4), ['nothing', 'waited', 'nothing', 'waited']);
  assert.deepEqual([transmitter.streams.polls[2]?.returnImmediately, lines.filter((line) => line.includes('"level":40'))], [true, []]);
  assert.ok(
    pauses.slice(1, 4).every((ms) => ms === 0),
    'no time is lost between them',
  );
  const [jti] = await enqueue({});
  await eventually('the token is stored', () => intake.accepted.some(({ eventId }) => eventId === jti));
});

test('a transmitter that never answers again is a fault once its long poll and one for what is there have gone unanswered, and is told and counted', async (t) => {
  const { transmitter, intake, poller, outcomes, pauses, lines, enqueue } = await setStage(t, { waits: { answerMs: 60, longPollMs: 60 } });
  await enqueue({});
  poller.start();
  await untilEmpty(transmitter);
  transmitter.streams.hangPolls(true);
  await eventually('it failed three times', () => outcomes.filter((outcome) => outcome === 'failed').length >= 3);
  assert.match(lines.join(''), /no answer within 0\.06 seconds.*a stream could not be polled; it is tried again/);
  assert.deepEqual(pauses.filter((ms) => ms > 10_000).slice(0, 2), [20_000, 40_000]);
  transmitter.streams.hangPolls(false);
  const [jti] = await enqueue({});
  await eventually('it is fetched when it is back', () => intake.accepted.some(({ eventId }) => eventId === jti));
});

test('it stops at once, also while it waits for something to come', async (t) => {
  const { transmitter, poller } = await setStage(t);
  poller.start();
  await eventually('the long poll waits', () => transmitter.streams.polls.some(({ returnImmediately }) => returnImmediately === false));
  const startedAt = performance.now();
  await poller.stop();
  assert.ok(performance.now() - startedAt < 5_000);
  const polls = transmitter.streams.polls.length;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(transmitter.streams.polls.length, polls);
});
