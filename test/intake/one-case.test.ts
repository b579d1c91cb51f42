import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { REVOCATION_MEANINGS } from '../../src/intake/okta-revocation/parse.ts';
import type { Signal } from '../../src/intake/signal.ts';
import { CAEP } from '../../src/sandbox/security-event.ts';
import { runs } from '../support/sweep.ts';
import { openReception, type Reception, signalOf } from './support/reception.ts';

const [UNIVERSAL_LOGOUT = ''] = Object.keys(REVOCATION_MEANINGS);

/** What all channels have to say about one person who leaves: some by an id of theirs, some by the address alone. */
function messagesAbout(email: string): Signal[] {
  const subject = (id: string) => ({ id: `${id}-${email}`, email, name: null });
  return [
    signalOf('offboard', email, 10, {
      connection: 'hr',
      channel: 'standard-webhook',
      kind: 'employee.terminated',
      subject: subject('4711'),
    }),
    signalOf('contain', email, 20, { channel: 'okta-revocation', kind: UNIVERSAL_LOGOUT }),
    signalOf('contain', email, 30, { connection: 'signals', channel: 'shared-signals', kind: `${CAEP}session-revoked` }),
    signalOf('offboard', email, 40, { kind: 'user.lifecycle.deactivate', subject: subject('00u') }),
    signalOf('offboard', email, 50, { channel: 'scim', kind: 'scim.user.deactivated', subject: subject('00u') }),
    signalOf('offboard', email, 60, { connection: 'entra-main', channel: 'entra-graph', kind: 'deleted', subject: subject('entra') }),
    signalOf('contain', email.toUpperCase(), 70, { kind: 'user.lifecycle.suspend' }),
  ];
}

type Deliver = (reception: Reception, signals: readonly Signal[]) => Promise<void>;

/** The ways in which messages reach us: one by one, in portions, all in one, or all at the same instant. */
const WAYS: Readonly<Record<string, Deliver>> = {
  'one by one': async ({ intake }, signals) => {
    for (const signal of signals) {
      await intake.accept([signal]);
    }
  },
  'in portions': async ({ intake }, signals) => {
    for (let from = 0; from < signals.length; from += 3) {
      await intake.accept(signals.slice(from, from + 3));
    }
  },
  'in one delivery': async ({ intake }, signals) => void (await intake.accept(signals)),
  'at the same instant': async ({ intake }, signals) =>
    void (await Promise.all(signals.map(async (signal) => await intake.accept([signal])))),
};

let people = 0;

async function assertOneCase(reception: Reception, deliver: Deliver, order: readonly number[], twice: readonly number[]): Promise<void> {
  people += 1;
  const email = `person${people}@acme.example`;
  const messages = messagesAbout(email);
  const signals = [...order, ...twice].flatMap((index) => messages[index] ?? []);
  await deliver(reception, signals);
  const { items } = await reception.offboarding.list({ email, limit: 10 });
  const [only, ...more] = items;
  assert.ok(only && more.length === 0, `${items.length} cases`);
  assert.equal(only.playbook, 'offboard');
  const { signals: listed } = await reception.offboarding.show(only.id);
  assert.deepEqual(listed.map(({ eventId }) => eventId).sort(), messages.map(({ eventId }) => eventId).sort());
}

const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 });
const twice = fc.subarray([0, 1, 2, 3, 4, 5, 6], { maxLength: 3 });

suite('one person over six channels is one case that lists every signal, in any order, some of them twice', () => {
  for (const [way, deliver] of Object.entries(WAYS)) {
    test(way, async (t) => {
      const reception = await openReception(t);
      const property = fc.asyncProperty(order, twice, async (first, again) => await assertOneCase(reception, deliver, first, again));
      await fc.assert(property, runs(8));
      const { n } = await reception.stage.db
        .selectFrom('person')
        .select((build) => build.fn.countAll<string>().as('n'))
        .executeTakeFirstOrThrow();
      assert.equal(Number(n), 8, 'one person was taken for several');
    });
  }
});

test('a departure is handed on with the moment at which it takes effect, and one that is over begins now', async (t) => {
  const { intake, requests } = await openReception(t);
  const [soon, past] = [new Date(Date.now() + 86_400_000), new Date(Date.now() - 86_400_000)];
  await intake.accept([
    signalOf('offboard', 'ada@acme.example', 1, { effectiveAt: soon }),
    signalOf('contain', 'bob@acme.example', 1, { effectiveAt: soon }),
    signalOf('offboard', 'carl@acme.example', 1, { effectiveAt: past }),
    signalOf('offboard', 'dora@acme.example', 1, { effectiveAt: null }),
    signalOf('offboard', 'emma@acme.example', 1),
  ]);
  assert.deepEqual(
    requests.map(({ startsAt }) => startsAt),
    [soon, soon, null, null, null],
  );
});
