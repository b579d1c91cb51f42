import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '../../src/database/database.ts';
import type { CaseState } from '../../src/offboarding/case.ts';
import type { Engine } from '../../src/offboarding/engine.ts';
import type { Plannable } from '../../src/offboarding/plan.ts';
import type { ActionResult } from '../../src/targets/target.ts';
import { untilSomebodyWaits } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { FILES } from './support/cases.ts';
import { openBeside, openStage, type Stage } from './support/stage.ts';
import { HASTY, openWorkshop, scripted, VERIFIED } from './support/workshop.ts';

/** A target with one step of containment and a crowd of slow ones. */
const CROWD: Plannable = {
  id: 'crowd',
  actions: [
    { action: 'resolve-account', phase: 'resolve', after: [], playbooks: ['offboard', 'contain'], observed: 'in a list' },
    ...Array.from({ length: 6 }, (_, index) => ({
      action: `clean-${index}`,
      phase: 'cleanup' as const,
      after: ['resolve-account'],
      playbooks: ['offboard' as const],
      observed: 'in a list',
    })),
  ],
};

async function untilState(stage: Stage, caseId: string, state: CaseState): Promise<void> {
  await eventually(`the case is ${state}`, async () => (await stage.caseOf(caseId)).state === state, 30_000);
}

/** The database as a role of the test's own sees it, which may read and write everything until something is taken from it. It goes with the server. */
async function openAsRole(stage: Stage): Promise<{ db: Database; role: string }> {
  const role = `worker_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(stage.url);
  url.username = role;
  url.password = role;
  await sql.raw(`create role ${role} login password '${role}'; grant all on all tables in schema public to ${role}`).execute(stage.db);
  return { db: openBeside({ url: url.href, closers: stage.closers }), role };
}

suite('a worker', () => {
  test('carries a case through to its end', async (t) => {
    const stage = await openStage(t);
    const performed: string[] = [];
    const target = scripted(FILES, async (action) => {
      performed.push(action);
      const followUps = [{ action: 'transfer-workspace', subject: 'a' }];
      return action === 'list-workspaces' ? { ...VERIFIED, followUps } : VERIFIED;
    });
    await openWorkshop(stage, [target]);
    const caseId = await stage.open('anna@acme.example');
    await untilState(stage, caseId, 'completed');
    assert.deepEqual(performed.slice(0, 2), ['resolve-account', 'suspend']);
    assert.deepEqual(performed.slice(-4), ['transfer-workspace', 'remove-member', 'verify-audit', 'notify-successor']);
    assert.equal(performed.length, 9);
  });

  test('never runs more steps side by side than it has room for, however many cases come at once', async (t) => {
    const stage = await openStage(t, { targets: [CROWD] });
    const open = Promise.withResolvers<void>();
    let now = 0;
    let most = 0;
    const target = scripted(CROWD, async (action) => {
      if (action === 'resolve-account') {
        return VERIFIED;
      }
      now += 1;
      most = Math.max(most, now);
      await open.promise;
      now -= 1;
      return VERIFIED;
    });
    const cases = await Promise.all(Array.from({ length: 12 }, async (_, index) => await stage.open(`person${index}@acme.example`)));
    await openWorkshop(stage, [target]);
    await eventually('every account is resolved', async () => {
      const { rows } = await sql`select from step where action = 'resolve-account' and state = 'done'`.execute(stage.db);
      return rows.length === 12;
    });
    await eventually('all the room is taken', () => now === 20);
    const { rows } = await sql`select from step where state = 'running'`.execute(stage.db);
    assert.equal(rows.length, 20, 'what it cannot run is left to others');
    open.resolve();
    for (const caseId of cases) {
      await untilState(stage, caseId, 'completed');
    }
    assert.equal(most, 20);
  });

  test('contains somebody at once while all its room for slow work is taken', async (t) => {
    const stage = await openStage(t, { targets: [CROWD] });
    const open = Promise.withResolvers<void>();
    t.after(() => open.resolve());
    let slow = 0;
    const target = scripted(CROWD, async (action) => {
      if (action !== 'resolve-account') {
        slow += 1;
        await open.promise;
      }
      return VERIFIED;
    });
    await openWorkshop(stage, [target]);
    await Promise.all(Array.from({ length: 5 }, async (_, index) => await stage.open(`person${index}@acme.example`)));
    await eventually('the room for slow work is taken', () => slow === 20);
    const urgent = await stage.open('urgent@acme.example');
    await eventually('the account is resolved', async () =>
      (await stage.stepsOf(urgent)).some(({ action, state }) => action === 'resolve-account' && state === 'done'),
    );
    open.resolve();
    await untilState(stage, urgent, 'completed');
  });

  test('goes on with a case whose target says what no database can hold', async (t) => {
    const stage = await openStage(t);
    const target = scripted(FILES, async () => ({ ...VERIFIED, facts: { note: 'a\0b\ud800c', deep: [{ text: '\udfff' }] } }));
    await openWorkshop(stage, [target]);
    const caseId = await stage.open('anna@acme.example');
    await untilState(stage, caseId, 'completed');
    const { facts } = await stage.step(caseId, 'files/suspend');
    assert.deepEqual(facts, { note: 'a\ufffdb\ufffdc', deep: [{ text: '\ufffd' }] });
  });

  test('asks a person about a result that the database refuses, and goes on with everything else', async (t) => {
    const stage = await openStage(t);
    const target = scripted(FILES, async () => ({ ...VERIFIED, facts: { 'a\0b': 1 } }));
    await openWorkshop(stage, [target]);
    const caseId = await stage.open('anna@acme.example');
    await untilState(stage, caseId, 'attention');
    const { error } = await stage.step(caseId, 'files/resolve-account');
    assert.match(error?.message ?? '', /^What came of resolve-account on files cannot be stored .* then retry the case\.$/);
  });

  test('tries again what failed in a way that nobody foresaw', async (t) => {
    const stage = await openStage(t, { policy: { stepRetry: { minDelayMs: 50, maxDelayMs: 50, deadlineMs: 60_000 } } });
    let attempts = 0;
    const target = scripted(FILES, async (_action, { repeated }) => {
      attempts += 1;
      if (attempts === 1) {
        throw new TypeError('undefined is not a function');
      }
      assert.equal(repeated, attempts === 2);
      return VERIFIED;
    });
    await openWorkshop(stage, [target]);
    await untilState(stage, await stage.open('anna@acme.example'), 'completed');
  });

  test('asks a person about a target that is no longer configured', async (t) => {
    const stage = await openStage(t);
    const { queue } = stage;
    const caseId = await stage.open('anna@acme.example');
    await stage.engineWith({ queue }).advance(caseId, { type: 'wake' }, null);
    await openWorkshop(stage, []);
    await untilState(stage, caseId, 'attention');
    assert.match((await stage.caseOf(caseId)).reason ?? '', /files is no longer in the configuration/);
  });
});

suite('nothing is lost', () => {
  test('when the answer to a claim never comes: the step is freed and done', async (t) => {
    const stage = await openStage(t);
    let lose = 2;
    const forgetful = (engine: Engine): Engine => ({
      ...engine,
      advance: async (...asked) => {
        const advance = await engine.advance(...asked);
        if (advance.claims.length > 0 && lose > 0) {
          lose -= 1;
          throw new Error('the connection broke right after the commit');
        }
        return advance;
      },
    });
    const target = scripted(FILES, async () => VERIFIED);
    await openWorkshop(stage, [target], { engine: forgetful(stage.engine) });
    const caseId = await stage.open('anna@acme.example');
    await untilState(stage, caseId, 'completed');
    assert.equal(lose, 0);
  });

  test('when what a step needs cannot be read: it is freed and done later', async (t) => {
    const stage = await openStage(t);
    const { db, role } = await openAsRole(stage);
    await sql.raw(`revoke select on offboarding_case from ${role}`).execute(stage.db);
    await openWorkshop(stage, [scripted(FILES, async () => VERIFIED)], { db });
    const caseId = await stage.open('anna@acme.example');
    // Slow steps ask who else is leaving, which the worker must not read for now.
    await eventually('a step was freed', async () =>
      (await stage.ledger.entriesOf(caseId)).some(({ entry }) => entry.kind === 'step.released'),
    );
    await sql.raw(`grant select on offboarding_case to ${role}`).execute(stage.db);
    await untilState(stage, caseId, 'completed');
  });

  test('when no wake-up ever comes: the sweep finds what is due', async (t) => {
    const stage = await openStage(t);
    const caseId = await stage.open('anna@acme.example');
    await sql`delete from pgboss.job`.execute(stage.db);
    await stage.db
      .updateTable('offboarding_case')
      .set({ look_again_at: new Date(Date.now() - 60_000) })
      .execute();
    await openWorkshop(stage, [scripted(FILES, async () => VERIFIED)]);
    await untilState(stage, caseId, 'completed');
  });

  test('when a worker loses its session in the middle: the attempt is called off, and the step done under a new epoch', async (t) => {
    const stage = await openStage(t);
    const arrived = Promise.withResolvers<void>();
    let attempts = 0;
    const calledOff: boolean[] = [];
    const target = scripted(FILES, async (action, { signal, repeated }): Promise<ActionResult> => {
      if (action === 'suspend') {
        attempts += 1;
        assert.equal(repeated, attempts > 1);
        if (attempts === 1) {
          arrived.resolve();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          calledOff.push(signal.aborted);
          signal.throwIfAborted();
        }
      }
      return VERIFIED;
    });
    const { sessions } = await openWorkshop(stage, [target]);
    const caseId = await stage.open('anna@acme.example');
    await arrived.promise;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'leaver-worker:%'`.execute(stage.db);
    await untilState(stage, caseId, 'completed');
    assert.deepEqual([calledOff, attempts, sessions.length], [[true], 2, 2]);
    assert.equal((await stage.step(caseId, 'files/suspend')).epoch, 2);
  });
});

test('a worker one of whose loops stands still says so, and is well again when it goes on', async (t) => {
  const stage = await openStage(t);
  let passed = 0;
  const clock = { ...HASTY, monotonic: () => HASTY.monotonic() + passed };
  const { worker } = await openWorkshop(stage, [scripted(FILES, async () => VERIFIED)], { clock });
  assert.equal(worker.idleBecause(), null);
  const { promise: blocked, resolve: unblock } = Promise.withResolvers<void>();
  const blocking = stage.db.transaction().execute(async (tx) => {
    await sql`lock table offboarding_case in access exclusive mode`.execute(tx);
    await blocked;
  });
  await untilSomebodyWaits(stage.db);
  passed = 31_000;
  const cause = worker.idleBecause();
  unblock();
  await blocking;
  assert.match(cause ?? '', /^the search for neglected cases has not gone on for 3\d seconds$/);
  await eventually('the loop turns again', () => worker.idleBecause() === null);
});

suite('a worker that stops', () => {
  test('lets a step under way end, and starts nothing new', async (t) => {
    const stage = await openStage(t);
    const arrived = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const target = scripted(FILES, async (action) => {
      assert.equal(action, 'resolve-account');
      arrived.resolve();
      await goOn.promise;
      return VERIFIED;
    });
    const { worker } = await openWorkshop(stage, [target]);
    const caseId = await stage.open('anna@acme.example');
    await arrived.promise;
    const stopped = worker.stop(60_000);
    assert.equal(worker.idleBecause(), 'the worker is stopping');
    goOn.resolve();
    await stopped;
    assert.equal((await stage.step(caseId, 'files/resolve-account')).state, 'done');
    assert.equal((await stage.step(caseId, 'files/suspend')).state, 'pending');
    assert.deepEqual(await stage.db.selectFrom('worker').selectAll().execute(), []);
  });

  test('hands over what does not end in time, and nothing of it runs on', async (t) => {
    const stage = await openStage(t);
    const arrived = Promise.withResolvers<void>();
    let running = 0;
    const target = scripted(FILES, async (_action, { signal }) => {
      running += 1;
      arrived.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      running -= 1;
      throw signal.reason;
    });
    const { worker } = await openWorkshop(stage, [target]);
    const caseId = await stage.open('anna@acme.example');
    await arrived.promise;
    await worker.stop(10);
    assert.equal(running, 0);
    const { state, workerId, epoch } = await stage.step(caseId, 'files/resolve-account');
    assert.deepEqual([state, workerId, epoch], ['pending', null, 1]);
  });

  test('hands over even what it was just about to claim', async (t) => {
    const stage = await openStage(t);
    const claiming = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow: Engine = {
      ...stage.engine,
      advance: async (...asked) => {
        const advance = await stage.engine.advance(...asked);
        if (advance.claims.length > 0) {
          claiming.resolve();
          await goOn.promise;
        }
        return advance;
      },
    };
    let running = 0;
    const target = scripted(FILES, async (_action, { signal }) => {
      running += 1;
      if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }
      running -= 1;
      throw signal.reason;
    });
    const { worker } = await openWorkshop(stage, [target], { engine: slow });
    const caseId = await stage.open('anna@acme.example');
    await claiming.promise;
    const stopped = worker.stop(10);
    goOn.resolve();
    await stopped;
    assert.equal(running, 0);
    assert.equal((await stage.step(caseId, 'files/resolve-account')).state, 'pending');
  });
});
