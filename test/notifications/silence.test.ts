import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { newId } from '../../src/kernel/ids.ts';
import { createTell } from '../../src/notifications/outbox.ts';
import { createSilenceWatch, lookAt } from '../../src/notifications/silence.ts';
import { freshDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { DESK, openOffice } from './support/office.ts';

test('the silence of a connection', async (t) => {
  const { db } = await freshDatabase(t);

  async function open() {
    const { needs, rows } = await openOffice(db);
    await sql`truncate intake_watch, signal`.execute(db);
    const tell = createTell({ recipients: DESK, newId, onTold: () => undefined });
    const expected = [{ connection: 'okta-main', withinHours: 24 }];
    const all = { ...needs, tell, expected };
    return {
      needs: all,
      look: async (withinHours = 24) => await lookAt(all, { connection: 'okta-main', withinHours }),
      told: async () => (await rows()).length,
      facts: async () => (await rows()).map((row) => row.facts),
      /** A signal of a connection, received so long ago. */
      hear: async (hoursAgo: number, connection = 'okta-main') =>
        await sql`insert into signal (id, connection, channel, kind, event_id, disposition, received_at, is_return, body_sha256, verified_by)
          values (${newId()}, ${connection}, 'okta-event-hook', 'user.session.start', ${newId()}, 'ignored', now() - make_interval(hours => ${hoursAgo}), false, '', 'test')`.execute(
          db,
        ),
      /** Lets time pass. */
      pass: async (hours: number) =>
        await sql`
          with moved as (update signal set received_at = received_at - make_interval(hours => ${hours}))
          update intake_watch set heard_at = heard_at - make_interval(hours => ${hours}), looked_at = looked_at - make_interval(hours => ${hours}),
            told_of = told_of - make_interval(hours => ${hours})`.execute(db),
    };
  }

  await t.test('is told once, with since when, when it has lasted longer than it should', async () => {
    const { look, pass, told, facts } = await open();
    await look();
    assert.equal(await told(), 0);
    await pass(25);
    await look();
    await look();
    assert.equal(await told(), 1);
    const [fact] = (await facts()) as { event: string; connection: string; hours: number; since: string }[];
    assert.deepEqual([fact?.event, fact?.connection, fact?.hours], ['intake.silent', 'okta-main', 24]);
    assert.ok(Math.abs(Date.parse(fact?.since ?? '') - (Date.now() - 25 * 3_600_000)) < 60_000);
  });

  await t.test('is over with any message, ignored ones too, and the next one is told anew', async () => {
    const { look, pass, told, hear } = await open();
    await look();
    await pass(25);
    await look();
    await hear(0);
    await look();
    assert.equal(await told(), 1);
    await pass(23);
    await look();
    assert.equal(await told(), 1);
    await pass(2);
    await look();
    assert.equal(await told(), 2);
  });

  await t.test('is broken by no other connection', async () => {
    const { look, pass, told, hear } = await open();
    await look();
    await pass(25);
    await hear(0, 'entra-main');
    await look();
    assert.equal(await told(), 1);
  });

  await t.test('does not begin before anybody listened', async () => {
    const { look, told, hear } = await open();
    await hear(1_000);
    await look();
    assert.equal(await told(), 0);
  });

  await t.test('is told once by however many processes', async () => {
    const { look, pass, told } = await open();
    await look();
    await pass(25);
    await Promise.all([look(), look(), look(), look()]);
    assert.equal(await told(), 1);
  });

  await t.test('is watched by the watch, which ends when it is stopped', async () => {
    const { needs, look, pass, told } = await open();
    await look();
    await pass(25);
    const watch = createSilenceWatch(needs);
    watch.start();
    await eventually('the silence is told', async () => (await told()) === 1);
    await watch.stop();
  });
});
