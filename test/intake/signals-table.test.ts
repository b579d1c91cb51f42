import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { GRAPH_MEANINGS } from '../../src/intake/entra-graph/judge.ts';
import { OKTA_MEANINGS } from '../../src/intake/okta-event-hook/meaning.ts';
import { REVOCATION_MEANINGS } from '../../src/intake/okta-revocation/parse.ts';
import { SCIM_MEANINGS } from '../../src/intake/scim/user.ts';
import { SET_MEANINGS } from '../../src/intake/shared-signals/events.ts';
import type { Meaning, Signal } from '../../src/intake/signal.ts';
import { load, WEBHOOK_SECRET } from '../config/settings.ts';
import { tableOf } from './support/markdown.ts';
import { openReception, type Reception, signalOf } from './support/reception.ts';

const CHANNELS = path.join(import.meta.dirname, '..', '..', 'src', 'intake');
const OF_STATE = ['person', 'offboard', 'contain', 'back', 'back from before', 'another id'];

/** When the signal of a cell happened; what was before it lies between 0 and this. */
const NOW = 100;

type Prepare = (reception: Reception, email: string) => Promise<void>;

const says =
  (meaning: Meaning, seconds: number): Prepare =>
  async ({ intake }, email) =>
    void (await intake.accept([signalOf(meaning, email, seconds, { subject: named(email) })]));

/** The person, by the id that the connection has for them. */
const named = (email: string): Signal['subject'] => ({ id: `id of ${email}`, email, name: null });

/** As if somebody had worked on the case, or an operator had taken it back. */
const caseBecomes =
  (change: { readonly state: 'completed' | 'cancelled' | 'reversed' } | { readonly undo: 'cancel' }): Prepare =>
  async ({ stage: { db } }, email) => {
    const { id } = await db.selectFrom('person').select('id').where('email', '=', email).executeTakeFirstOrThrow();
    await db.updateTable('offboarding_case').set(change).where('person_id', '=', id).execute();
  };

const leavesTomorrow: Prepare = async ({ intake }, email) =>
  void (await intake.accept([signalOf('offboard', email, 50, { subject: named(email), effectiveAt: new Date(Date.now() + 86_400_000) })]));

/** How a person gets into each state of the page. */
const STATES: Readonly<Record<string, readonly Prepare[]>> = {
  'nobody knew them': [],
  'known, never had a case': [says('back', -10)],
  'protected (policy.protected)': [],
  'lock-out open': [says('contain', 50)],
  'offboarding open': [says('offboard', 50)],
  'lock-out held': [says('contain', 50), says('back', 60)],
  'offboarding held': [says('offboard', 50), says('back', 60)],
  'locked out (completed)': [says('contain', 50), caseBecomes({ state: 'completed' })],
  'offboarded (completed)': [says('offboard', 50), caseBecomes({ state: 'completed' })],
  'offboarded, being looked up again': [says('offboard', 30), caseBecomes({ state: 'completed' }), says('offboard', 50)],
  'offboarding that begins tomorrow': [leavesTomorrow],
  'case being taken back': [says('offboard', 50), caseBecomes({ undo: 'cancel' })],
  cancelled: [says('offboard', 50), caseBecomes({ state: 'cancelled' })],
  reversed: [says('offboard', 50), caseBecomes({ state: 'reversed' })],
  'said to be back, earlier than this': [says('back', 60)],
  'said to be back, later than this': [says('back', NOW + 60)],
};

/** What a cell says of the signals of its column, each another try. */
const COLUMNS: Readonly<Record<string, (email: string) => Signal>> = {
  offboard: (email) => signalOf('offboard', email, NOW),
  contain: (email) => signalOf('contain', email, NOW),
  back: (email) => signalOf('back', email, NOW),
  'back from before': (email) => signalOf('back', email, 40),
  'another id': (email) => signalOf('offboard', email, NOW, { subject: { id: `another id than of ${email}`, email, name: null } }),
};

interface CaseRow {
  readonly id: string;
  readonly playbook: string;
  readonly state: string;
  readonly undo: string | null;
  readonly starts_at: Date | null;
  /** Whether something speaks against what the targets are asked again for; null when they are not asked. */
  readonly doubted: boolean | null;
}

async function casesOf({ stage }: Reception, email: string): Promise<Map<string, CaseRow>> {
  const rows = await stage.db
    .selectFrom('offboarding_case')
    .innerJoin('person', 'person.id', 'offboarding_case.person_id')
    .leftJoin('recheck', 'recheck.case_id', 'offboarding_case.id')
    .select(['offboarding_case.id', 'offboarding_case.playbook', 'state', 'undo', 'starts_at'])
    .select(sql<boolean | null>`case when recheck.case_id is not null then recheck.contradiction is not null end`.as('doubted'))
    .where('person.email', '=', email)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Takes the signal in and tells what became of it, in the words of the page. */
async function outcomeOf(reception: Reception, email: string, signal: Signal): Promise<string> {
  const before = await casesOf(reception, email);
  const [disposition] = await reception.intake.accept([signal]);
  const after = await casesOf(reception, email);
  const made = [...after.values()].find(({ id }) => !before.has(id));
  if (made) {
    return `${disposition}: opens ${made.playbook}${made.state === 'held' ? ', held' : ''}`;
  }
  const stored = await reception.stage.db
    .selectFrom('signal')
    .select('case_id')
    .where('event_id', '=', signal.eventId)
    .where('disposition', '=', disposition ?? '')
    .execute();
  const [was, is] = [before.get(stored.at(-1)?.case_id ?? ''), after.get(stored.at(-1)?.case_id ?? '')];
  if (!was || !is) {
    assert.deepEqual(after, before, 'a case changed that the signal does not belong to');
    return `${disposition}: nothing`;
  }
  return `${disposition}: ${wordsOf(was, is).join(', ')}`;
}

/** What a signal did to the case it belongs to. */
function wordsOf(was: CaseRow, is: CaseRow): string[] {
  const said = (word: string, isSo: boolean) => (isSo ? [word] : []);
  if (is.state === 'completed') {
    return [is.doubted === null ? 'joins' : 'looks again', ...said('holds', is.doubted === true && was.doubted !== true)];
  }
  return [
    'joins',
    ...said('upgrades', was.playbook !== is.playbook && is.playbook === 'offboard'),
    ...said('sooner', was.starts_at !== null && (is.starts_at === null || is.starts_at < was.starts_at)),
    ...said('turns', was.undo !== null && is.undo === null),
    ...said('holds', was.state !== 'held' && is.state === 'held'),
  ];
}

test('the page tells of every state, and of every meaning, what the intake does', async (t) => {
  const reception = await openReception(t);
  const rows = await tableOf('signals.md', ...OF_STATE);
  assert.deepEqual(
    rows.map(([state]) => state),
    Object.keys(STATES),
  );
  let count = 0;
  const personIn = async (state: string): Promise<string> => {
    count += 1;
    const email = `person${count}@${state.startsWith('protected') ? 'protected' : 'acme'}.example`;
    for (const prepare of STATES[state] ?? []) {
      await prepare(reception, email);
    }
    return email;
  };

  for (const [state = '', ...cells] of rows) {
    await t.test(state, async () => {
      const found = Object.values(COLUMNS).map(async (make) => {
        const email = await personIn(state);
        return await outcomeOf(reception, email, make(email));
      });
      assert.deepEqual(await Promise.all(found), cells);
    });
  }

  const always = await tableOf('signals.md', 'signal', 'disposition');
  const [again, ignored, refused, nobody] = always.map(([, outcome]) => outcome);
  assert.equal(always.length, 4);
  for (const state of Object.keys(STATES)) {
    await t.test(`${state}: what is the same for everybody`, async () => {
      const email = await personIn(state);
      const first = signalOf('offboard', email, NOW);
      await reception.intake.accept([first]);
      assert.deepEqual(
        [
          await outcomeOf(reception, email, first),
          await outcomeOf(reception, email, signalOf('ignore', email, NOW)),
          await outcomeOf(reception, email, signalOf('ignore', email, NOW, { isRefused: true })),
          await outcomeOf(reception, email, signalOf('offboard', email, NOW, { subject: null, note: 'names nobody' })),
        ],
        [again, ignored, refused, nobody],
      );
    });
  }
});

/** What the code takes each kind of event for, by channel. */
async function meaningsByChannel(): Promise<Record<string, Readonly<Record<string, Meaning>>>> {
  const { connections } = await load(`connections: [{ id: hr, kind: webhook, secrets: [${WEBHOOK_SECRET}] }]`);
  const [hr] = connections;
  assert.ok(hr?.kind === 'webhook');
  const { left, contain, back } = hr.mapping;
  const webhook = [left.map((kind) => [kind, 'offboard']), contain.map((kind) => [kind, 'contain']), back.map((kind) => [kind, 'back'])];
  return {
    'okta-event-hook': OKTA_MEANINGS,
    'okta-revocation': REVOCATION_MEANINGS,
    scim: SCIM_MEANINGS,
    'entra-graph': GRAPH_MEANINGS,
    'shared-signals': SET_MEANINGS,
    'standard-webhook': Object.fromEntries(webhook.flat()) as Record<string, Meaning>,
  };
}

test('the page has every kind of event that means something, and no other', async () => {
  assert.deepEqual(await kindsOnPage(), await meaningsByChannel());
});

test('every channel is on the page', async () => {
  const folders = (await readdir(CHANNELS, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const told = await kindsOnPage();
  assert.ok(folders.length > 0);
  assert.deepEqual(
    folders.filter((channel) => !told[channel]),
    [],
  );
});

async function kindsOnPage(): Promise<Record<string, Record<string, string>>> {
  const told: Record<string, Record<string, string>> = {};
  for (const [channel = '', kind = '', meaning = ''] of await tableOf('signals.md', 'channel', 'kind', 'meaning')) {
    told[channel] = { ...told[channel], [kind]: meaning };
  }
  return told;
}
