import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { inTransaction } from '../../src/database/database.ts';
import { createDirectory } from '../../src/directory/directory.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type OpenRequest, openOrJoin } from '../../src/offboarding/open.ts';
import { recheckPeople } from '../../src/offboarding/recheck.ts';
import { readHistories } from '../../src/offboarding/store.ts';
import { untilSomebodyWaits } from '../support/database.ts';
import { FILES } from './support/cases.ts';
import { openStage, SILENT, type Stage } from './support/stage.ts';
import { type Perform, scripted, VERIFIED } from './support/workshop.ts';

const EMAIL = 'ada@example.com';
const IN_TWO_WEEKS = new Date(Date.now() + 14 * 86_400_000);
const ABSENT = { kind: 'account-absent' } as const;

/** What several messages about one person say, all in one transaction. */
async function tell(stage: Stage, email: string, requests: readonly Partial<OpenRequest>[]): Promise<string> {
  return await inTransaction(stage.db, async (tx) => {
    const [found] = await createDirectory({ newId }).resolve(tx, [{ connection: null, subject: { id: null, email, name: null } }]);
    assert.ok(found?.kind === 'person');
    const { person } = found;
    const base = { person, playbook: 'offboard', by: 'okta', reason: null, contradiction: null, startsAt: null, confirmBy: [] } as const;
    const all = requests.map((request): OpenRequest => ({ ...base, insists: false, ...request }));
    return (await openOrJoin({ ...stage, newId }, tx, all)).get(person.id) ?? '';
  });
}

/** Somebody whose case is over. */
async function over(stage: Stage, email: string): Promise<void> {
  const id = await stage.open(email);
  const done = { state: 'completed', completed_at: new Date(), look_again_at: null };
  await stage.db.updateTable('offboarding_case').set(done).where('id', '=', id).execute();
}

function lookerOn(stage: Stage, perform: Perform): () => Promise<void> {
  const { db, ledger, policy } = stage;
  const needs = { db, ledger, targets: [scripted(FILES, perform)], stepRetry: policy.stepRetry, log: SILENT, newId, random: () => 0 };
  const open = async (...[tx, requests]: Parameters<Parameters<typeof recheckPeople>[0]['openOrJoin']>) =>
    await openOrJoin({ ...stage, newId }, tx, requests);
  return async () => await recheckPeople({ ...needs, openOrJoin: open }, () => undefined, AbortSignal.timeout(60_000));
}

async function cases({ db }: Stage): Promise<{ state: string; confirmBy: string[] }[]> {
  return await db.selectFrom('offboarding_case').select(['state', 'confirm_by as confirmBy']).orderBy('opened_at').execute();
}

async function openOver(t: TestContext, ...emails: readonly string[]): Promise<Stage> {
  const stage = await openStage(t);
  for (const email of emails) {
    await over(stage, email);
  }
  return stage;
}

test('a lock-out now and a departure in two weeks keep their times, also when they come in one transaction', async (t) => {
  for (const begins of [{ playbook: 'contain' }, { startsAt: IN_TWO_WEEKS }] as const) {
    const stage = await openStage(t);
    const id = await stage.open(EMAIL, begins);
    await tell(stage, EMAIL, [{ playbook: 'contain' }, { playbook: 'offboard', startsAt: IN_TWO_WEEKS }]);
    const { playbook, startsAt, handOverAt } = await stage.caseOf(id);
    assert.deepEqual([playbook, startsAt, handOverAt], ['offboard', null, IN_TWO_WEEKS]);
  }
});

test('a departure that lies ahead does not stop a case from being taken back, and is looked up in its time', async (t) => {
  const stage = await openStage(t);
  const id = await stage.open(EMAIL);
  await stage.engine.advance(id, { type: 'wake' }, null);
  await stage.db.updateTable('offboarding_case').set({ undo: 'cancel' }).where('id', '=', id).execute();
  await tell(stage, EMAIL, [{ startsAt: IN_TWO_WEEKS }]);
  assert.equal((await stage.caseOf(id)).undo, 'cancel');
  const [recheck] = await stage.db.selectFrom('recheck').select('next_attempt_at').execute();
  assert.deepEqual(recheck?.next_attempt_at, IN_TWO_WEEKS);
});

test('a departure that comes while the targets are being looked at is looked up, too', async (t) => {
  const stage = await openOver(t, EMAIL);
  let isThere = false;
  await tell(stage, EMAIL, [{}]);
  const look = lookerOn(stage, async () => {
    if (isThere) {
      return VERIFIED;
    }
    // The answer is on its way; meanwhile the person is there again, and leaves.
    isThere = true;
    await tell(stage, EMAIL, [{ by: 'hr' }]);
    return ABSENT;
  });
  await look();
  await look();
  assert.equal((await cases(stage)).length, 2);
});

test('whoever must confirm a departure must, whichever of several messages named them', async (t) => {
  const stage = await openOver(t, EMAIL);
  await tell(stage, EMAIL, [{ by: 'hr' }]);
  await tell(stage, EMAIL, [{ by: 'okta', confirmBy: ['okta'] }]);
  await lookerOn(stage, async () => VERIFIED)();
  assert.deepEqual((await cases(stage)).at(-1)?.confirmBy, ['okta']);
});

test('an operator who opened a case and cancelled it has the last word over what was still being looked up', async (t) => {
  const stage = await openOver(t, EMAIL);
  await tell(stage, EMAIL, [{ confirmBy: ['okta'] }]);
  const id = await tell(stage, EMAIL, [{ insists: true, by: 'it-desk' }]);
  assert.deepEqual((await cases(stage)).at(-1)?.confirmBy, ['okta']);
  await stage.engine.advance(id, { type: 'cancel', by: 'it-desk', reason: 'they stay' }, null);
  await lookerOn(stage, async () => VERIFIED)();
  assert.deepEqual(
    (await cases(stage)).map(({ state }) => state),
    ['completed', 'cancelled'],
  );
});

test('a look that was asked for weeks ago does not keep others from theirs', async (t) => {
  const stage = await openOver(t, EMAIL, 'bea@example.com');
  await tell(stage, EMAIL, [{}]);
  await tell(stage, 'bea@example.com', [{}]);
  const longAgo = new Date(Date.now() - 26 * 86_400_000);
  await stage.db.updateTable('recheck').set({ asked_at: longAgo }).execute();
  await lookerOn(stage, async () => VERIFIED)();
  assert.equal((await cases(stage)).length, 4);
});

test('whoever approves has seen everything that speaks against it', async (t) => {
  const stage = await openStage(t, { policy: { protected: [EMAIL] } });
  const id = await stage.open(EMAIL);
  await tell(stage, EMAIL, [{ contradiction: 'they were back at noon' }]);
  assert.match((await stage.caseOf(id)).hold ?? '', /is protected .*; also: they were back at noon$/);
});

test('a request that waits while somebody takes the case back is weighed anew, against what they did', async (t) => {
  const stage = await openStage(t);
  const id = await stage.open(EMAIL, { playbook: 'contain' });
  const locked = Promise.withResolvers<void>();
  const cancelling = inTransaction(stage.db, async (tx) => {
    await tx.sql.selectFrom('offboarding_case').select('id').where('id', '=', id).forNoKeyUpdate().execute();
    locked.resolve();
    await untilSomebodyWaits(stage.db);
    await tx.sql.updateTable('offboarding_case').set({ undo: 'cancel', undone_at: tx.now }).where('id', '=', id).execute();
  });
  await locked.promise;
  const seen: (Date | undefined)[] = [];
  const asking = inTransaction(stage.db, async (tx) => {
    const [found] = await createDirectory({ newId }).resolve(tx, [{ connection: null, subject: { id: null, email: EMAIL, name: null } }]);
    assert.ok(found?.kind === 'person');
    const { person } = found;
    seen.push((await readHistories(tx, [person.id])).get(person.id)?.takenBackAt ?? undefined);
    const asked = { person, playbook: 'offboard', by: 'entra', reason: null, contradiction: null, startsAt: null, confirmBy: [] } as const;
    await openOrJoin({ ...stage, newId }, tx, [{ ...asked, insists: false }]);
  });
  await Promise.all([cancelling, asking]);
  assert.deepEqual(
    seen.map((at) => at !== undefined),
    [false, true],
  );
});
