import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { readDisposition } from '../../src/intake/store.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { prune } from '../../src/retention/retention.ts';
import { oktaEvent } from '../../src/sandbox/okta.ts';
import { fatesOf } from '../intake/support/recorded.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';
import { checkAll, openRecord, someoneLeft, wholeDatabase } from './support.ts';

const OLD = 'old@example.com';
const FRESH = 'fresh@example.com';

suite('a message whose signal was pruned', () => {
  test('is a duplicate when it comes once more, and takes nobody out', async (t) => {
    const record = await openRecord(t);
    const { service, db, ledger } = record;
    service.fastio.scenario.addUser({ email: OLD });
    const left = oktaEvent('user.lifecycle.deactivate', { id: '00uOld', login: OLD });
    const ignored = oktaEvent('user.session.start', { id: '00uOther', login: FRESH });
    await service.okta.deliver([left, ignored]);
    await service.untilState(OLD, 'completed');
    await ledger.seal();
    await sql`update offboarding_case set updated_at = now() - interval '31 days'`.execute(db);
    await sql`update signal set received_at = now() - interval '31 days'`.execute(db);
    assert.deepEqual(await prune({ ...record, retentionDays: 30 }), { cases: 1, signals: 1 });
    assert.deepEqual(await db.selectFrom('signal').selectAll().execute(), []);

    service.fastio.scenario.addUser({ email: OLD });
    assert.equal((await service.okta.deliver([left, ignored])).status, 204);
    assert.deepEqual(await fatesOf(service, left, ignored), ['duplicate', 'duplicate']);
    assert.equal(await service.caseOf(OLD), null);
    const became = async ({ uuid }: { readonly uuid?: unknown }) => await readDisposition(db, 'okta-main', String(uuid));
    assert.deepEqual([await became(left), await became(ignored)], ['accepted', 'ignored'], 'and what became of it is known');
    assert.deepEqual((await wholeDatabase(record)).match(new RegExp(OLD, 'g')), null);
  });
});

suite('cases older than the retention', () => {
  test('are pruned, and what remains verifies: the ledger, and evidence that was made before and after', async (t) => {
    const record = await openRecord(t);
    const { service, db, ledger } = record;
    const old = await someoneLeft(record, OLD);
    const before = await service.call('GET', `/v1/cases/${old}/evidence`);
    const fresh = await someoneLeft(record, FRESH);
    await ledger.seal();
    await sql`update offboarding_case set updated_at = now() - interval '31 days' where id = ${old}`.execute(db);
    const earlier = await verifyEvidence(JSON.stringify(before.body));
    assert.ok(earlier.ok);

    assert.deepEqual(await prune({ ...record, retentionDays: 30 }), { cases: 1, signals: 0 });
    assert.deepEqual(await prune({ ...record, retentionDays: 30 }), { cases: 0, signals: 0 });

    assert.deepEqual((await wholeDatabase(record)).match(/old@example\.com/g), null);
    const bodies = await db.selectFrom('ledger_entry').select(['kind', 'body']).where('case_id', '=', old).orderBy('id').execute();
    assert.deepEqual(
      bodies.filter(({ body }) => body !== null).map(({ kind }) => kind),
      ['case.pruned'],
    );
    assert.ok(bodies.length > 10);
    assert.equal((await service.call('GET', `/v1/cases/${old}`)).status, 404);
    assert.equal((await service.call('GET', `/v1/cases/${old}/evidence`)).status, 404);

    assert.deepEqual(await checkAll(t, record).then(({ ok, problem }) => [ok, problem]), [true, null]);
    const after = await service.call('GET', `/v1/cases/${fresh}/evidence?from=${earlier.checkpoint.size}`);
    const verdict = await verifyEvidence(JSON.stringify(after.body), undefined, earlier.checkpoint);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.ok((await verifyEvidence(JSON.stringify(before.body))).ok);
  });

  test('are kept while they are open, being looked up again, or not yet in the ledger as a whole', async (t) => {
    const record = await openRecord(t, { policy: { protected: ['held@example.com'] } });
    const { service, db, ledger } = record;
    const done = await someoneLeft(record, OLD);
    await service.okta.deactivate({ id: '00u2', login: 'held@example.com' });
    await service.untilState('held@example.com', 'held');
    await ledger.seal();
    await sql`update offboarding_case set updated_at = now() - interval '31 days'`.execute(db);
    await sql`insert into recheck (person_id, case_id, playbook, asked_by, confirm_by, asked_at, next_attempt_at)
      select person_id, id, 'offboard', 'test', '{}', now(), now() + interval '1 day' from offboarding_case where id = ${done}`.execute(db);
    assert.deepEqual(await prune({ ...record, retentionDays: 30 }), { cases: 0, signals: 0 });
    await db.deleteFrom('recheck').execute();
    assert.deepEqual(await prune({ ...record, retentionDays: 30 }), { cases: 1, signals: 0 });
    assert.ok(await service.caseOf('held@example.com'));
  });

  test('are pruned by a service for which it is set, and old signals without a case with them', async (t) => {
    const record = await openRecord(t);
    const { service, db, ledger } = record;
    await someoneLeft(record, OLD);
    await service.okta.unsuspend({ id: '00u9', login: 'back@example.com' });
    await ledger.seal();
    await sql`update offboarding_case set updated_at = now() - interval '31 days'`.execute(db);
    await sql`update signal set received_at = now() - interval '31 days'`.execute(db);
    await startService(t, { databaseUrl: service.databaseUrl, sandbox: service.fastio, config: { ledger: { retentionDays: 30 } } });
    await eventually('nobody is left', async () => (await db.selectFrom('person').selectAll().execute()).length === 0);
    assert.deepEqual(await db.selectFrom('signal').selectAll().execute(), []);
    assert.deepEqual(await checkAll(t, record).then(({ ok, problem }) => [ok, problem]), [true, null]);
  });
});
