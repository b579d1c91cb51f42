import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeaningNeeds } from '../../../src/intake/okta-event-hook/meaning.ts';
import { type ParsedEvent, parseDelivery } from '../../../src/intake/okta-event-hook/parse.ts';
import type { Meaning } from '../../../src/intake/signal.ts';
import { deliveryOf } from './fixtures.ts';

/** What becomes of an event as long as nothing is known of its person or of earlier events. */
function fate({ isRefused, meaning, subject }: ParsedEvent): 'accepted' | 'ignored' | 'refused' | 'unresolved' {
  return isRefused ? 'refused' : meaning === 'ignore' ? 'ignored' : subject === null ? 'unresolved' : 'accepted';
}

async function parse(name: string, needs?: MeaningNeeds): Promise<ParsedEvent[]> {
  return parseDelivery(await deliveryOf(name), 'a'.repeat(64), needs);
}

const JOHN = { id: '00u3m90rxKjGQ0G6L1d6', email: 'john.doe@example.com', name: 'John Doe' };

for (const name of ['delivery-user-lifecycle-deactivate-COMPOSED', 'logevent-user-lifecycle-deactivate']) {
  test(`a deactivation takes its one User target out (${name})`, async () => {
    assert.deepEqual(await parse(name), [
      {
        kind: 'user.lifecycle.deactivate',
        eventId: 'ab62c0bc-2837-11eb-9823-9fb8f750c5a9',
        meaning: 'offboard',
        subject: JOHN,
        note: null,
        occurredAt: new Date('2020-11-16T18:15:12.862Z'),
      },
    ]);
  });
}

test('a suspension locks out; its name is the target’s, although the actor has the same id', async () => {
  assert.deepEqual(await parse('logevent-user-lifecycle-suspend'), [
    {
      kind: 'user.lifecycle.suspend',
      eventId: '9de5069c-5afe-602b-2ea0-a04b66beb2c0',
      meaning: 'contain',
      subject: { id: '12345', email: 'user@example.com', name: 'Test User' },
      note: null,
      occurredAt: new Date('2023-04-27T07:49:21.764Z'),
    },
  ]);
});

const IGNORED: readonly (readonly [string, readonly string[]])[] = [
  ['logevent-user-account-privilege-revoke', ['user.account.privilege.revoke']],
  ['logevents-application-user_membership-remove-two', ['application.user_membership.remove', 'application.user_membership.remove']],
  ['logevent-application-user_membership-add', ['application.user_membership.add']],
  ['logevent-group-user_membership-add-2019', ['group.user_membership.add']],
  ['logevent-group-user_membership-remove', ['group.user_membership.remove']],
  ['delivery-group-user_membership-add-real-2020', ['group.user_membership.add']],
  ['delivery-user-session-start-current-doc-sample', ['user.session.start']],
  ['logevent-unrelated-policy-evaluation', ['policy.evaluate_sign_on']],
  [
    'delivery-batch-of-three-COMPOSED',
    ['application.user_membership.remove', 'application.user_membership.remove', 'group.user_membership.remove'],
  ],
];

for (const [name, kinds] of IGNORED) {
  test(`nobody leaves by what is not a leaver’s event (${name})`, async () => {
    const events = await parse(name);
    assert.deepEqual(
      events.map((event) => [event.kind, fate(event), event.subject]),
      kinds.map((kind) => [kind, 'ignored', null]),
    );
  });
}

test('an event without a uuid is kept as unreadable, under an identity that a repetition has too (two user targets)', async () => {
  const [event, ...more] = await parse('delivery-two-user-targets');
  assert.ok(event && more.length === 0);
  assert.deepEqual([event.kind, fate(event), event.eventId], ['user.lifecycle.activate', 'refused', `${'a'.repeat(64)}#0`]);
  assert.match(event.note ?? '', /uuid/);
});

for (const meaning of [null, 'offboard', 'contain'] as const) {
  test(`one event that names two Users means nobody, as ${meaning ?? 'by itself'} (two user targets)`, async () => {
    const delivery = (await deliveryOf('delivery-two-user-targets')) as { readonly data: { readonly events: readonly object[] } };
    const events = delivery.data.events.map((event) => ({ ...event, uuid: 'an-id-of-its-own' }));
    const overrides = meaning === null ? {} : { 'user.lifecycle.activate': meaning };
    const [event, ...more] = parseDelivery({ ...delivery, data: { events } }, 'a'.repeat(64), { overrides });
    assert.ok(event && more.length === 0);
    assert.deepEqual([event.meaning, event.subject, fate(event)], [meaning ?? 'back', null, 'unresolved']);
    assert.match(event.note ?? '', /the event names more than one user/);
  });
}

/** Every app that the published events name. */
const APPS = new Set(['0oaz9fj21WKqTeaqs1d6', '0oavps13otvxJuqFs357', '0oaEXAMPLEADMINAPP01', '0oaEXAMPLEAPP0000001']);

// Which person each event would mean if an operator gave a meaning to its type.
const SUBJECTS: readonly (readonly [string, Meaning, readonly (readonly [string | null, string | null] | null)[]])[] = [
  ['logevent-user-account-privilege-revoke', 'contain', [['00uEXAMPLEUSER000001', 'user@example.com']]],
  [
    'logevents-application-user_membership-remove-two',
    'offboard',
    [
      ['00uEXAMPLEUSER000001', 'user@example.com'],
      ['00uEXAMPLEUSER000001', 'user@example.com'],
    ],
  ],
  ['logevent-application-user_membership-add', 'back', [['00ucs3m73cTf2OTld357', 'user.9986445d56@APzfMSs.com']]],
  ['logevent-group-user_membership-add-2019', 'back', [['00ued6gq9jItNhAsN0h7', 'test@this.com']]],
  ['logevent-group-user_membership-remove', 'offboard', [['00uptu0jj9V91p5QM0h7', 'test@this.com']]],
  ['delivery-group-user_membership-add-real-2020', 'back', [['00u10r4h1xAe2TIcx4x7', 'test@test.com']]],
  ['delivery-user-session-start-current-doc-sample', 'offboard', [null]],
  ['logevent-unrelated-policy-evaluation', 'offboard', [null]],
];

for (const [name, meaning, people] of SUBJECTS) {
  test(`an operator’s meaning for the type is taken, and the person is a target or nobody (${name})`, async () => {
    const kinds = new Set((await parse(name)).map(({ kind }) => kind));
    const events = await parse(name, { overrides: Object.fromEntries([...kinds].map((kind) => [kind, meaning])), apps: APPS });
    assert.deepEqual(
      events.map((event) => event.meaning),
      people.map(() => meaning),
    );
    assert.deepEqual(
      events.map(({ subject }) => subject && [subject.id, subject.email]),
      people,
    );
    assert.deepEqual(
      events.map(fate),
      people.map((person) => (person ? 'accepted' : 'unresolved')),
    );
  });
}
