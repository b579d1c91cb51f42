import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { MEANT_TYPES } from '../../../src/intake/shared-signals/events.ts';
import { createPoller } from '../../../src/intake/shared-signals/poll.ts';
import { createSetVerifier } from '../../../src/intake/shared-signals/verify.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { eventually } from '../../support/eventually.ts';
import { runs, sized } from '../../support/sweep.ts';
import { undo } from '../../support/undo.ts';
import { claimsOf, TYPE } from '../shared-signals/stage.ts';
import { makeKey, sign, startIssuer } from '../support/issuer.ts';
import { keepingIntake } from '../support/route-server.ts';
import { pollAnswers, startNonsense } from './nonsense.ts';
import { mutated } from './shapes.ts';
import { tokens } from './tokens.ts';

const ISSUER = 'https://acme.okta.example';
const AUDIENCE = 'https://leaver.example';
const INTERVAL_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

const ATTEMPTS = sized({ short: 300, long: 100_000 });
const IN_A_ROW = sized({ short: 30, long: 100 });
const ROUNDS = ATTEMPTS / IN_A_ROW;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('whatever a transmitter answers to our polls, it is asked again, no forgery is believed, and what is right is stored and acknowledged', async (t) => {
  const keys = { key: await makeKey('k1'), stranger: await makeKey('k1') };
  const { jwksUri } = await startIssuer(t, keys.key);
  const server = await startNonsense(t);
  const intake = keepingIntake();
  const pauses: number[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      pauses.push(ms);
      await turn(undefined, signal ? { signal } : {});
    },
  };
  const log = createLog({ level: 'silent' });
  const verifier = createSetVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri }, { clock, log });
  const poller = createPoller({
    stream: { connection: 'signals', issuer: ISSUER, bearer: [], verifier, criticalMembers: async () => [] },
    poll: { url: server.url, intervalMs: INTERVAL_MS, token: 'ours' },
    meanings: {},
    intake,
    exclusively: async (_name, work, stopping) => await work(stopping),
    clock,
    log,
  });
  undo(t, async () => await poller.stop());
  poller.start();

  const claims = fc
    .tuple(mutated(...MEANT_TYPES.map((type) => claimsOf({ events: { [type]: {} } }))), fc.uuid())
    .map(([all, jti]) => ({ ...(all as object), jti, iss: ISSUER, aud: AUDIENCE, nbf: undefined }));
  const answers = fc.array(pollAnswers(tokens({ ...keys, typ: TYPE }, claims)), { minLength: IN_A_ROW, maxLength: IN_A_ROW });
  let believed = 0;
  const property = fc.asyncProperty(answers.map(named), async (nonsense) => {
    const jti = randomUUID();
    const token = await sign(keys.key, { ...claimsOf(), jti, iss: ISSUER, aud: AUDIENCE }, { typ: TYPE });
    server.answer(nonsense, { jti, token });
    await eventually('the token that is right is acknowledged', server.isDone);
    const genuine = new Set(
      [token, ...nonsense.flatMap((one) => one.tokens.flatMap((made) => (made.isGenuine ? [made.token] : [])))].map(sha256),
    );
    const stored = intake.accepted.splice(0);
    assert.ok(
      stored.some(({ eventId }) => eventId === jti),
      'the token that is right was not stored',
    );
    assert.deepEqual(
      stored.filter(({ bodySha256 }) => !genuine.has(bodySha256)),
      [],
      'a forgery was believed',
    );
    believed += stored.length;
    assert.deepEqual(
      pauses.splice(0).filter((ms) => !(ms >= 0 && ms <= LONGEST_PAUSE_MS)),
      [],
    );
  });
  await fc.assert(property, { ...runs(), numRuns: ROUNDS, endOnFailure: true });
  t.diagnostic(`${server.answered()} polls were answered, and ${believed} signals were stored`);
  assert.ok(believed > 2 * ROUNDS, `only ${believed} signals were stored`);
});

/** An example is too long to be shown. */
function named<T extends object>(nonsense: T): T {
  return Object.assign(nonsense, { [fc.toStringMethod]: () => 'answers in a row; the seed makes them again' });
}
