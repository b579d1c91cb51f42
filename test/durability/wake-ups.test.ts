import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { inTransaction } from '../../src/database/database.ts';
import { FILES } from '../offboarding/support/cases.ts';
import { openStage, type Stage } from '../offboarding/support/stage.ts';
import { openWorkshop, scripted, VERIFIED } from '../offboarding/support/workshop.ts';
import { eventually } from '../support/eventually.ts';

const PEOPLE = 6;
const PATIENCE_MS = 60_000;
/** Whatever is to be tried again is tried again at once, but through a wake-up. */
const POLICY = { policy: { stepRetry: { minDelayMs: 50, maxDelayMs: 50, deadlineMs: 60_000 } } };

/** Does to every new wake-up what the body of a PL/pgSQL trigger says. */
async function tamper({ db }: Stage, body: string): Promise<void> {
  await sql.raw(`create sequence tampered; create function tamper() returns trigger language plpgsql as $$ ${body} $$`).execute(db);
  await sql`create trigger tamper before insert on pgboss.job for each row when (pg_trigger_depth() = 0) execute function tamper()`.execute(
    db,
  );
}

async function tampered({ db }: Stage): Promise<number> {
  const { rows } = await sql<{ count: string }>`select case when is_called then last_value else 0 end as count from tampered`.execute(db);
  return Number(rows[0]?.count);
}

/** Two workers on one database, whose target puts every step off once; gives how often each step of each person was carried out. */
async function work(stage: Stage): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  const target = scripted(FILES, async (action, { person, repeated, subject }) => {
    if (!repeated) {
      return { kind: 'retry-later', error: { code: 'target-unavailable', message: 'not now' } };
    }
    const key = `${person.email} ${action} ${subject}`;
    done.set(key, (done.get(key) ?? 0) + 1);
    return VERIFIED;
  });
  await openWorkshop(stage, [target]);
  await openWorkshop(stage, [target]);
  return done;
}

async function openCases(stage: Stage): Promise<string[]> {
  return await Promise.all(Array.from({ length: PEOPLE }, async (_, index) => await stage.open(`person${index}@acme.example`)));
}

async function assertCompletedOnce(stage: Stage, cases: readonly string[], done: ReadonlyMap<string, number>): Promise<void> {
  for (const caseId of cases) {
    await eventually('the case is completed', async () => (await stage.caseOf(caseId)).state === 'completed', PATIENCE_MS);
    const epochs = (await stage.stepsOf(caseId)).map(({ action, epoch }) => [action, epoch]);
    assert.deepEqual(
      epochs.filter(([, epoch]) => epoch !== 2),
      [],
      'each step was put off once and carried out once',
    );
  }
  assert.deepEqual(new Set(done.values()), new Set([1]));
}

test('wake-ups that are lost are harmless: the sweep finds what is due, and each step is carried out once', async (t) => {
  const stage = await openStage(t, POLICY);
  const lost = PEOPLE * 3;
  await tamper(stage, `begin if nextval('tampered') <= ${lost} then return null; end if; return new; end`);
  const cases = await openCases(stage);
  assert.deepEqual(await stage.wakeUps(), []);
  const done = await work(stage);
  await assertCompletedOnce(stage, cases, done);
  assert.ok((await tampered(stage)) > lost, 'so many wake-ups were lost');
});

test('wake-ups that come late are harmless: everybody is out in the end, and each step is carried out once', async (t) => {
  const stage = await openStage(t, POLICY);
  await tamper(stage, `begin perform nextval('tampered'); new.start_after := new.start_after + interval '1 second'; return new; end`);
  const cases = await openCases(stage);
  const done = await work(stage);
  await assertCompletedOnce(stage, cases, done);
});

test('wake-ups that come twice are harmless: each step is carried out once', async (t) => {
  const stage = await openStage(t, POLICY);
  await tamper(
    stage,
    `declare again pgboss.job := new; begin
       perform nextval('tampered');
       again.id := gen_random_uuid();
       again.singleton_key := new.singleton_key || ' again';
       insert into pgboss.job select again.* on conflict do nothing;
       return new;
     end`,
  );
  const cases = await openCases(stage);
  assert.equal((await stage.wakeUps()).length, 2 * PEOPLE);
  const done = await work(stage);
  await assertCompletedOnce(stage, cases, done);
});

test('a wake-up that comes when all is over changes nothing', async (t) => {
  const stage = await openStage(t);
  await openWorkshop(stage, [scripted(FILES, async () => VERIFIED)]);
  const caseId = await stage.open('anna@acme.example');
  await eventually('the case is completed', async () => (await stage.caseOf(caseId)).state === 'completed');
  const before = [await stage.caseOf(caseId), await stage.stepsOf(caseId), await stage.ledger.entriesOf(caseId)];
  await inTransaction(
    stage.db,
    async (tx) =>
      await stage.queue.wake(tx, [
        { caseId, lane: 'contain' },
        { caseId, lane: 'bulk' },
      ]),
  );
  await eventually('both wake-ups were taken', async () => {
    const { rows } = await sql`select from pgboss.job where state in ('created', 'active')`.execute(stage.db);
    return rows.length === 0;
  });
  assert.deepEqual([await stage.caseOf(caseId), await stage.stepsOf(caseId), await stage.ledger.entriesOf(caseId)], before);
});
