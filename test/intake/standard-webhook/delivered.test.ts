import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../src/kernel/log.ts';
import { createHr, type Hr, type HrOptions, signMessage } from '../../../src/sandbox/hr.ts';
import { send } from '../../http/support/send.ts';
import { freshDatabaseUrl } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { startService, type TestService, type TestServiceOptions } from '../../support/service.ts';
import { undo } from '../../support/undo.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { casesOf, recordedSignals } from '../support/recorded.ts';
import { countRows, rows } from '../support/rows.ts';
import { OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from './fixtures.ts';

const HR = { id: 'hr', kind: 'webhook', mapping: { id: 'data.number', name: 'data.name', timeZone: 'data.timeZone' } };

async function serviceWith(t: TestContext, secrets: readonly string[], options: TestServiceOptions = {}): Promise<TestService> {
  return await startService(t, { ...options, config: { connections: [{ ...HR, secrets }] } });
}

function hrOf(t: TestContext, service: TestService, options: Partial<HrOptions> = {}): Hr {
  const hr = createHr({ url: `${service.url}/intake/webhook/hr`, secrets: [SECRET], schedule: [20, 20], ...options });
  undo(t, async () => await hr.close());
  return hr;
}

async function fatesOf(service: TestService, id: string): Promise<string[]> {
  return (await recordedSignals(service)).filter(({ eventId }) => eventId === id).map(({ disposition }) => disposition);
}

test('an HR system takes people out', async (t) => {
  const service = await serviceWith(t, [SECRET]);
  const hr = hrOf(t, service);
  const { scenario } = service.fastio;

  await t.test('a departure that names no date is one at once', async () => {
    const user = scenario.addUser({ email: 'ada@example.com', sessions: 1 });
    assert.deepEqual(await hr.terminate({ email: user.email, name: 'Ada', number: 4711 }, undefined, { id: 'msg_ada' }), {
      id: 'msg_ada',
      status: 202,
      attempts: 1,
    });
    const { playbook, signals } = await service.untilState(user.email, 'completed');
    assert.deepEqual([playbook, signals.map(({ kind }) => kind)], ['offboard', ['employee.terminated']]);
    assert.equal(service.fastio.leftovers(user.id).member, false);
  });

  await t.test('a suspension locks out, and a return holds a case that is open', async () => {
    const user = scenario.addUser({ email: 'bob@example.com', sessions: 1 });
    await hr.suspend({ email: user.email });
    await service.untilState(user.email, 'completed');
    assert.deepEqual([user.status, service.fastio.leftovers(user.id).member], ['suspended', true]);

    const paused = service.fastio.pause({ call: 'resolve', subject: 'carl@example.com' }, 'before-effect');
    await hr.terminate({ email: 'carl@example.com' });
    await hr.rehire({ email: 'carl@example.com' }, { id: 'msg_back' });
    assert.deepEqual(await fatesOf(service, 'msg_back'), ['contradicted']);
    await service.untilState('carl@example.com', 'held');
    paused.release();
  });

  await t.test('a person is known by their number although the address changed', async () => {
    const paused = service.fastio.pause({ call: 'resolve', subject: 'ines@example.com' }, 'before-effect');
    await hr.suspend({ email: 'ines@example.com', number: 7 });
    await hr.terminate({ email: 'ines.married@example.com', number: 7 });
    const [later, earlier] = await recordedSignals(service);
    assert.ok(later?.caseId);
    assert.deepEqual([later.disposition, later.caseId], ['accepted', earlier?.caseId]);
    paused.release();
  });

  await t.test(
    'what is not certain is recorded and opens nothing: no e-mail, no date that can be read, no type that is known',
    async () => {
      const before = await countRows(service.databaseUrl, 'offboarding_case', 'person');
      for (const [id, payload, fate, reason] of [
        ['msg_nobody', { type: 'employee.terminated', data: {} }, 'unresolved', /no e-mail at mapping\.email/],
        [
          'msg_soon',
          { type: 'employee.terminated', data: { email: 'dora@example.com', effectiveAt: 'soon' } },
          'unresolved',
          /effective date/,
        ],
        [
          'msg_far',
          { type: 'employee.terminated', data: { email: 'dora@example.com', effectiveAt: '9999-12-31' } },
          'unresolved',
          /two years/,
        ],
        ['msg_other', { type: 'employee.hired', data: { email: 'dora@example.com' } }, 'ignored', /not an event/],
        ['msg_odd', { data: { email: 'dora@example.com' } }, 'refused', /no text at mapping\.type/],
      ] as const) {
        assert.equal((await hr.send(payload, { id })).status, 202);
        const [signal] = await recordedSignals(service);
        assert.deepEqual([signal?.eventId, signal?.disposition], [id, fate]);
        assert.match(signal?.reason ?? '', reason);
      }
      assert.deepEqual(await countRows(service.databaseUrl, 'offboarding_case', 'person'), before);
    },
  );

  await t.test('somebody whose day has not come is left alone until then, and taken out when it has', async () => {
    const user = scenario.addUser({ email: 'fred@example.com', sessions: 1 });
    const day = new Date(Date.now() + 2_000);
    await hr.terminate({ email: user.email }, day.toISOString());
    assert.deepEqual([(await service.caseOf(user.email))?.state, user.status], ['waiting', 'active']);
    await service.untilState(user.email, 'completed');
    const touched = service.fastio.requests.filter(({ call, email }) => call === 'resolve' && email === user.email);
    assert.ok(touched.length > 0 && touched.every(({ at }) => at >= day));
    assert.equal(service.fastio.leftovers(user.id).member, false);
  });

  await t.test(
    'a last day far ahead is a case that waits for its end where the person is, and a return before it holds the case',
    async () => {
      const lastDay = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
      await hr.terminate({ email: 'gina@example.com', timeZone: 'Asia/Tokyo' }, lastDay);
      await eventually('the case says when it begins', async () => {
        const found = await service.caseOf('gina@example.com');
        return found?.state === 'waiting' && found.reason === `begins on ${lastDay}T15:00:00.000Z`;
      });
      await hr.rehire({ email: 'gina@example.com' });
      await service.untilState('gina@example.com', 'held');
    },
  );

  await t.test('the effective date stands in the record', async () => {
    scenario.addUser({ email: 'emma@example.com' });
    const lastDay = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    await hr.terminate({ email: 'emma@example.com', timeZone: 'Asia/Tokyo' }, lastDay, { id: 'msg_emma' });
    const [entry] = await rows<{ body: string }>(
      service.databaseUrl,
      `select body from ledger_entry where kind = 'signal.recorded' and body like '%msg_emma%'`,
    );
    assert.equal((JSON.parse(entry?.body ?? '{}') as { data: { effectiveAt?: string } }).data.effectiveAt, `${lastDay}T15:00:00.000Z`);
    await service.untilState('emma@example.com', 'completed');
  });

  assert.deepEqual(service.fastio.violations, []);
});

test('a message that comes again is a duplicate', async (t) => {
  const service = await serviceWith(t, [SECRET]);
  const hr = hrOf(t, service);
  service.fastio.scenario.addUser({ email: 'ada@example.com' });

  await t.test('letter for letter: a replay of what somebody overheard', async () => {
    const body = JSON.stringify({ type: 'employee.terminated', data: { email: 'ada@example.com' } });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const headers = [
      ['webhook-id', 'msg_replayed'],
      ['webhook-timestamp', timestamp],
      ['webhook-signature', signMessage(SECRET, `msg_replayed.${timestamp}.${body}`)],
    ] as const;
    for (let count = 0; count < 3; count += 1) {
      const { status } = await send(`${service.url}/intake/webhook/hr`, { method: 'POST', headers, body });
      assert.equal(status, 202);
    }
    assert.deepEqual(await fatesOf(service, 'msg_replayed'), ['duplicate', 'duplicate', 'accepted']);
  });

  await t.test('long after its time, signed anew, and when its case is over: ids are kept as long as signals are', async () => {
    await service.untilState('ada@example.com', 'completed');
    await rows(service.databaseUrl, `update signal set received_at = received_at - interval '400 days'`);
    assert.equal((await hr.terminate({ email: 'ada@example.com' }, undefined, { id: 'msg_replayed' })).status, 202);
    assert.deepEqual((await fatesOf(service, 'msg_replayed')).sort(), ['accepted', 'duplicate', 'duplicate', 'duplicate']);
    assert.equal((await casesOf(service, 'ada@example.com')).length, 1);
  });

  await t.test('when it comes many times at the same instant', async () => {
    await Promise.all(Array.from({ length: 8 }, async () => await hr.suspend({ email: 'bob@example.com' }, { id: 'msg_many' })));
    assert.deepEqual((await fatesOf(service, 'msg_many')).sort(), ['accepted', ...Array(7).fill('duplicate')]);
    assert.equal((await casesOf(service, 'bob@example.com')).length, 1);
  });
});

test('a secret is changed while messages go on coming', async (t) => {
  const before = await serviceWith(t, [SECRET]);
  const during = await serviceWith(t, [OTHER_SECRET, SECRET], { databaseUrl: before.databaseUrl, sandbox: before.fastio });
  const after = await serviceWith(t, [OTHER_SECRET, PUBLIC_KEY], { databaseUrl: before.databaseUrl, sandbox: before.fastio });
  const tell = async (service: TestService, secrets: readonly string[]) =>
    (await hrOf(t, service, { secrets, schedule: [] }).suspend({ email: 'ada@example.com' })).status;

  await t.test('our side first: the old one goes on, the new one is good already', async () => {
    assert.deepEqual([await tell(before, [SECRET]), await tell(during, [SECRET]), await tell(during, [OTHER_SECRET])], [202, 202, 202]);
    assert.equal(await tell(after, [OTHER_SECRET]), 202);
  });

  await t.test('the sender’s side first: it signs with both, and either receiver takes it', async () => {
    const both = [SECRET, OTHER_SECRET];
    assert.deepEqual([await tell(before, both), await tell(during, both), await tell(after, both)], [202, 202, 202]);
    assert.equal(await tell(after, [SECRET, PRIVATE_KEY]), 202);
  });

  await t.test('the old one alone is over in the end', async () => {
    assert.deepEqual([await tell(before, [OTHER_SECRET]), await tell(after, [SECRET])], [401, 401]);
  });
});

test('while nothing can be stored the answer is 503, and the sender’s next attempt is taken', async (t) => {
  const proxy = await startDatabaseProxy(t, await freshDatabaseUrl(t));
  const service = await serviceWith(t, [SECRET], { databaseUrl: proxy.url });
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  await proxy.cut();
  assert.deepEqual(await hrOf(t, service, { schedule: [] }).terminate({ email: 'ada@example.com' }, undefined, { id: 'msg_late' }), {
    id: 'msg_late',
    status: 503,
    attempts: 1,
  });
  await proxy.mend();
  assert.equal((await hrOf(t, service).terminate({ email: 'ada@example.com' }, undefined, { id: 'msg_late' })).status, 202);
  await service.untilState('ada@example.com', 'completed');
  await service.app.close();
});

test('neither a secret, a signature nor what else was in a payload is kept or logged', async (t) => {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  const service = await serviceWith(t, [SECRET], { log });
  const hr = hrOf(t, service, { schedule: [] });
  const data = { email: 'ada@example.com', salary: 'mark-of-the-payload' };
  for (const payload of [{ type: 'employee.terminated', data }, { type: 'employee.hired', data }, 'mark-of-the-payload']) {
    await hr.send(payload);
  }
  await hrOf(t, service, { secrets: [OTHER_SECRET], schedule: [] }).send({ data });
  const stored = await rows<{ one: string }>(
    service.databaseUrl,
    `select one::text from signal as one union all select one::text from ledger_entry as one union all select one::text from person as one`,
  );
  for (const needle of ['mark-of-the-payload', SECRET.slice(6), OTHER_SECRET.slice(6), 'v1,']) {
    assert.deepEqual(
      [...stored.map(({ one }) => one), ...lines].filter((line) => line.includes(needle)),
      [],
      needle,
    );
  }
  assert.ok(stored.length > 0 && lines.some((line) => line.includes('a message was refused') && line.includes('no signature of it')));
});
