import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openReception, type Reception, signalOf } from './support/reception.ts';

const EMAIL = 'shared@acme.example';
const A = { id: '00uA', email: EMAIL, name: null };
const B = { id: '00uB', email: EMAIL, name: null };

async function caseOf({ stage: { db } }: Reception) {
  return await db.selectFrom('offboarding_case').select(['id', 'state', 'reason']).executeTakeFirstOrThrow();
}

async function signalsOf({ stage: { db } }: Reception) {
  return await db.selectFrom('signal').select(['disposition', 'case_id', 'reason']).orderBy('received_at').orderBy('event_id').execute();
}

test('an id that changed under the same e-mail holds the open case of whoever had the address, and opens none', async (t) => {
  const reception = await openReception(t);
  const { intake, offboarding, stage } = reception;
  assert.deepEqual(await intake.accept([signalOf('offboard', EMAIL, 0, { eventId: '1', subject: A })]), ['accepted']);
  for (const meaning of ['back', 'offboard', 'contain'] as const) {
    const { id } = await caseOf(reception);
    if ((await caseOf(reception)).state === 'held') await offboarding.instruct(id, 'approve', { by: 'it-desk', reason: 'looked it up' });
    assert.equal((await caseOf(reception)).state, 'running');
    assert.deepEqual(await intake.accept([signalOf(meaning, EMAIL, 10, { subject: B })]), ['unresolved']);
    const { state, reason } = await caseOf(reception);
    assert.equal(state, 'held');
    assert.match(
      reason ?? '',
      /^okta-main names somebody else with an address of the person, which may have passed on: .* approve to go on$/,
    );
    const last = (await signalsOf(reception)).at(-1);
    assert.equal(last?.case_id, id);
    assert.match(last?.reason ?? '', /belongs to 00uA on this connection, but the message names 00uB/);
  }
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from offboarding_case`.execute(stage.db);
  assert.deepEqual(rows, [{ count: 1 }]);
});

test('so it is where one delivery tells of both', async (t) => {
  const reception = await openReception(t);
  const both = [signalOf('offboard', EMAIL, 0, { eventId: '1', subject: A }), signalOf('back', EMAIL, 1, { eventId: '2', subject: B })];
  assert.deepEqual(await reception.intake.accept(both), ['accepted', 'unresolved']);
  const { id, state } = await caseOf(reception);
  assert.equal(state, 'held');
  assert.deepEqual(
    (await signalsOf(reception)).map(({ case_id }) => case_id),
    [id, id],
  );
});

test('so it is where the address is an alias of the newcomer, or belongs to somebody who is known by another id', async (t) => {
  for (const subject of [
    { id: '00uB', email: 'new@acme.example', name: null, aliases: [EMAIL] },
    { id: '00uC', email: EMAIL, name: null },
  ]) {
    const reception = await openReception(t);
    await reception.intake.accept([
      signalOf('back', 'c@acme.example', -10, { subject: { id: '00uC', email: 'c@acme.example', name: null } }),
      signalOf('offboard', EMAIL, 0, { subject: A }),
    ]);
    assert.deepEqual(await reception.intake.accept([signalOf('back', EMAIL, 10, { subject })]), ['unresolved']);
    assert.equal((await caseOf(reception)).state, 'held');
  }
});

test('nothing of the newcomer is kept with the case that is held', async (t) => {
  const reception = await openReception(t);
  await reception.intake.accept([signalOf('offboard', EMAIL, 0, { subject: A })]);
  await reception.intake.accept([signalOf('offboard', EMAIL, 10, { subject: { ...B, id: '00uNewcomer' } })]);
  const { rows } = await sql<{ text: string }>`select coalesce(body, '') || coalesce(personal::text, '') as text from ledger_entry`.execute(
    reception.stage.db,
  );
  assert.deepEqual(
    rows.filter(({ text }) => text.includes('00uNewcomer')),
    [],
  );
});
