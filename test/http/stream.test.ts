import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows } from '../intake/support/rows.ts';
import { startService } from '../support/service.ts';
import { collect, openStream } from './support/events.ts';

test('the stream of a case', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['*@held.example.com'] } } });
  const streamOf = (id: string) => `${service.url}/v1/cases/${id}/stream`;
  const openHeld = async (email: string): Promise<string> => {
    await service.call('POST', '/v1/cases', { email, playbook: 'offboard', reason: 'a test' });
    return (await service.untilState(email, 'held')).id;
  };
  const recordedIds = async (id: string): Promise<number[]> => {
    const statement = 'select id::int from ledger_entry where case_id = $1 order by id';
    return (await rows<{ id: number }>(service.databaseUrl, statement, [id])).map((row) => row.id);
  };
  const { scenario } = service.fastio;
  const ada = scenario.addUser({ email: 'ada@held.example.com', sessions: 1 });
  scenario.addWorkspace({ ownerId: ada.id });
  const id = await openHeld(ada.email);

  await t.test('tells all that is recorded, once and in order, from the first entry to the end of the case, and ends there', async () => {
    const { headers, events } = await openStream(streamOf(id));
    assert.equal(headers.get('content-type'), 'text/event-stream');
    assert.equal(headers.get('cache-control'), 'no-store');
    await service.call('POST', `/v1/cases/${id}/approve`, { reason: 'a test' });
    const all = await collect(events);
    assert.deepEqual(
      all.map((event) => event.id),
      await recordedIds(id),
    );
    assert.equal(all[0]?.data.kind, 'case.opened');
    assert.deepEqual([all.at(-1)?.name, all.at(-1)?.data.case?.state], ['case', 'completed']);
    const finished = all.filter(({ data }) => data.kind === 'step.finished').map(({ data }) => data.step?.action);
    assert.ok(finished.indexOf('suspend') < finished.indexOf('transfer-workspace'));
    assert.ok(finished.indexOf('transfer-workspace') < finished.indexOf('remove-member'));
    assert.ok(all.every(({ name, data }) => (name === 'step') === (data.step !== undefined)));
  });

  await t.test('goes on after the last event that was seen', async () => {
    const ids = await recordedIds(id);
    for (const seen of [0, 1, Math.floor(ids.length / 2), ids.length - 1]) {
      const { events } = await openStream(streamOf(id), String(ids[seen]));
      assert.deepEqual(
        (await collect(events)).map((event) => event.id),
        ids.slice(seen + 1),
      );
    }
  });

  await t.test('begins at the beginning where the last event is none that there can be', async () => {
    const ids = await recordedIds(id);
    for (const seen of ['', 'x', '-1', '1.5', '99999999999999999999999']) {
      const { events } = await openStream(streamOf(id), seen);
      assert.equal((await collect(events)).length, ids.length, `Last-Event-ID: ${seen}`);
    }
  });

  await t.test('loses nothing to a reader whose connection breaks again and again', async () => {
    scenario.addUser({ email: 'bob@held.example.com', sessions: 1 });
    const bob = await openHeld('bob@held.example.com');
    const seen: number[] = [];
    const approved = service.call('POST', `/v1/cases/${bob}/approve`, { reason: 'a test' });
    // A stream that has nothing more to tell and ends by itself belongs to a case that is over.
    for (let before = -1; before < seen.length; ) {
      before = seen.length;
      const { events } = await openStream(streamOf(bob), String(seen.at(-1) ?? 0));
      for await (const event of events) {
        seen.push(event.id);
        break;
      }
    }
    await approved;
    assert.deepEqual(seen, await recordedIds(bob));
  });

  await t.test('ends when the service stops, and does not keep it from stopping', { timeout: 30_000 }, async () => {
    const carl = await openHeld('carl@held.example.com');
    const [first, second] = [await openStream(streamOf(carl)), await openStream(streamOf(carl))];
    const [all] = await Promise.all([collect(first.events), collect(second.events), service.app.close()]);
    const ids = all.map((event) => event.id);
    assert.equal(all[0]?.data.kind, 'case.opened');
    assert.deepEqual(ids, (await recordedIds(carl)).slice(0, ids.length));
  });
});
