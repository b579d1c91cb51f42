import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { inTransaction } from '../../src/database/database.ts';
import type { OperatorHappening, Tell } from '../../src/notifications/notifications.ts';
import { readOutages, readWaitingFor } from '../../src/offboarding/outage-store.ts';
import { createOutageWatch } from '../../src/offboarding/outages.ts';
import type { ActionResult, Target } from '../../src/targets/target.ts';
import { keptLog } from '../targets/support/log-lines.ts';
import { FILES } from './support/cases.ts';
import { CLAIMER, openBeside, openStage, type Stage, TELLS_NOBODY } from './support/stage.ts';
import { scripted } from './support/workshop.ts';

const STEP_RETRY = { minDelayMs: 1, maxDelayMs: 1, deadlineMs: 600_000 };
const DOWN: ActionResult = { kind: 'retry-later', error: { code: 'target-unavailable', message: 'it does not answer.' }, targetDown: true };
const NEVER = new AbortController().signal;

async function openWatch(t: TestContext, tell: Tell = TELLS_NOBODY) {
  const stage = await openStage(t);
  const { lines, log } = keptLog();
  const health = { reachable: false, probes: 0, answers: Promise.resolve() };
  const target: Target = {
    ...scripted(FILES, async () => DOWN),
    probe: async () => {
      health.probes += 1;
      await health.answers;
      return { reachable: health.reachable, detail: 'probed' };
    },
  };
  const watchOn = (db: Stage['db']) =>
    createOutageWatch({ db, queue: stage.queue, targets: new Map([[FILES.id, target]]), stepRetry: STEP_RETRY, tell, log });
  const watch = watchOn(stage.db);
  const fail = async (times: number, of = watch): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      await of.note(FILES.id, true);
    }
  };
  return { stage, watch, health, fail, lines, besides: () => watchOn(openBeside(stage)) };
}

test('a target is down after five attempts in a row have failed, and not while any of them brings an answer', async (t) => {
  const { watch, fail, stage } = await openWatch(t);
  await fail(4);
  await watch.note(FILES.id, false);
  await fail(4);
  assert.equal(watch.current().size, 0);
  await fail(1);
  assert.deepEqual([...watch.current().keys()], [FILES.id]);
  assert.equal((await readOutages(stage.db)).length, 1);
});

test('an outage is told once as an alert, and so is its end', async (t) => {
  const { watch, fail, health, lines } = await openWatch(t);
  await fail(7);
  health.reachable = true;
  await watch.look(NEVER);
  const alerts = lines.map((line) => JSON.parse(line) as { alert?: string }).flatMap(({ alert }) => alert ?? []);
  assert.deepEqual(alerts, ['target-down', 'target-up']);
});

test('operators are told of an outage once, whichever process finds out, and again when it comes back', async (t) => {
  const told: OperatorHappening[] = [];
  const { watch, fail, health, besides, stage } = await openWatch(t, (_tx, happened) => void told.push(...happened));
  const other = besides();
  await fail(5);
  await fail(5, other);
  const [outage] = await readOutages(stage.db);
  assert.deepEqual(told, [{ event: 'target.down', target: FILES.id, since: outage?.since.toISOString() }]);
  health.reachable = true;
  await watch.look(NEVER);
  await fail(5);
  assert.equal(told.length, 2);
});

test('another process learns of the outage, and only one of them probes', async (t) => {
  const { watch, fail, health, besides } = await openWatch(t);
  const other = besides();
  await fail(5);
  const { promise, resolve } = Promise.withResolvers<void>();
  health.answers = promise;
  const looks = [watch.look(NEVER), other.look(NEVER)];
  await Promise.race(looks);
  resolve();
  await Promise.all(looks);
  assert.equal(health.probes, 1);
  assert.deepEqual(watch.current(), other.current());
});

test('what waits begins the moment the target answers, who is not locked out yet before all others', async (t) => {
  const { stage, watch, fail, health } = await openWatch(t);
  const slow = await stage.open('slow@example.com');
  const waiting = await stage.open('waiting@example.com');
  const urgent = await stage.open('urgent@example.com', { playbook: 'contain' });
  for (const id of [slow, waiting, urgent]) {
    await stage.engine.advance(id, { type: 'wake' }, CLAIMER);
    const step = await stage.step(id, 'files/resolve-account');
    await stage.engine.advance(id, { type: 'result', stepId: step.id, epoch: step.epoch, result: DOWN }, null);
  }
  await stage.db.updateTable('offboarding_case').set({ contained_at: new Date() }).where('id', '=', slow).execute();
  assert.deepEqual(
    (await inTransaction(stage.db, async (tx) => await readWaitingFor(tx, FILES.id))).map(({ id }) => id),
    [urgent, waiting, slow],
  );

  await fail(5);
  health.reachable = true;
  await watch.look(NEVER);
  assert.equal(watch.current().size, 0);
  for (const id of [slow, waiting, urgent]) {
    assert.equal((await stage.step(id, 'files/resolve-account')).nextAttemptAt, null);
    assert.ok(((await stage.caseOf(id)).lookAgainAt ?? new Date(8e15)) <= new Date());
  }
  const woken = (await stage.wakeUps()).filter(({ later }) => !later).map(({ caseId }) => caseId);
  assert.deepEqual([...new Set(woken)].sort(), [slow, waiting, urgent].sort());
});

test('a process that learns late of the end of an outage wakes the cases that it has put back to sleep meanwhile', async (t) => {
  const { stage, watch, fail, health, besides } = await openWatch(t);
  const late = besides();
  await fail(5);
  await late.look(NEVER);
  const id = await stage.open('waiting@example.com');
  await stage.engine.advance(id, { type: 'wake' }, null);
  health.reachable = true;
  await watch.look(NEVER);
  // What the late one does with the wake-up, believing that the target is still down.
  await stage.db.deleteFrom('pgboss.job' as never).execute();
  await stage.engineWith({ outages: late.current }).advance(id, { type: 'wake' }, CLAIMER);
  assert.equal((await stage.step(id, 'files/resolve-account')).state, 'pending');

  await late.look(NEVER);
  assert.ok(((await stage.caseOf(id)).lookAgainAt ?? new Date(8e15)) <= new Date());
  const immediate = (await stage.wakeUps()).filter(({ later }) => !later).map(({ caseId }) => caseId);
  assert.deepEqual(immediate, [id]);
});

test('an outage outlives the process that found it', async (t) => {
  const { fail, besides } = await openWatch(t);
  await fail(5);
  const restarted = besides();
  await restarted.look(NEVER);
  assert.deepEqual([...restarted.current().keys()], [FILES.id]);
});

test('the outage of a target that is no longer configured ends, so that its cases can say so', async (t) => {
  const { fail, stage } = await openWatch(t);
  await fail(5);
  const without = createOutageWatch({
    db: stage.db,
    queue: stage.queue,
    targets: new Map(),
    stepRetry: STEP_RETRY,
    tell: TELLS_NOBODY,
    log: keptLog().log,
  });
  await without.look(NEVER);
  assert.deepEqual(await readOutages(stage.db), []);
});
