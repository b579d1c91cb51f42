import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { send } from '../../http/support/send.ts';
import { HOOK_SECRET, startService } from '../../support/service.ts';
import { recordedSignals } from '../support/recorded.ts';
import { countRows } from '../support/rows.ts';
import { deliveryOf, envelope } from './fixtures.ts';
import { deactivation, TARGETS_OF_NOBODY, UNREADABLE_EVENTS, USER } from './odd-forms.ts';

const PUBLISHED: readonly (readonly [string, readonly string[]])[] = [
  ['delivery-user-session-start-current-doc-sample', ['ignored']],
  ['delivery-group-user_membership-add-real-2020', ['ignored']],
  ['delivery-batch-of-three-COMPOSED', ['ignored', 'ignored', 'ignored']],
  ['delivery-two-user-targets', ['refused']],
  ['logevent-unrelated-policy-evaluation', ['ignored']],
  ['logevent-user-account-privilege-revoke', ['ignored']],
  ['logevents-application-user_membership-remove-two', ['duplicate', 'duplicate']],
  ['logevent-application-user_membership-add', ['ignored']],
  ['logevent-group-user_membership-add-2019', ['ignored']],
  ['logevent-group-user_membership-remove', ['duplicate']],
  ['logevent-user-lifecycle-suspend', ['accepted']],
  ['logevent-user-lifecycle-deactivate', ['accepted']],
  ['delivery-user-lifecycle-deactivate-COMPOSED', ['duplicate']],
];

/** As long as it may be, in a script that takes most room, and with nothing to compress. */
function endless(length: number): string {
  const bytes = createHash('shake256', { outputLength: 2 * length })
    .update('the same every time')
    .digest();
  return Array.from({ length }, (_, index) => String.fromCharCode(0x4e00 + (bytes.readUInt16LE(2 * index) % 0x5000))).join('');
}

test('what was delivered is stored', async (t) => {
  const service = await startService(t);
  const deliver = async (body: unknown): Promise<number> => {
    const headers = [['authorization', HOOK_SECRET]] as const;
    const url = `${service.url}/intake/okta/okta-main/events`;
    return (await send(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  };

  for (const [name, fates] of PUBLISHED) {
    await t.test(`${name}: ${fates}`, async () => {
      assert.equal(await deliver(await deliveryOf(name)), 204);
      const signals = (await recordedSignals(service)).slice(0, fates.length);
      assert.deepEqual(
        signals.map(({ disposition }) => disposition),
        fates,
      );
    });
  }

  await t.test('of all that Okta published, a suspension and a deactivation opened the only two cases', async () => {
    assert.deepEqual(await countRows(service.databaseUrl, 'offboarding_case', 'person'), { offboarding_case: 2, person: 2 });
  });

  await t.test('one event that names two Users is unresolved, and opens no case for either', async () => {
    const { data } = (await deliveryOf('delivery-two-user-targets')) as { data: { events: object[] } };
    assert.equal(await deliver(envelope(data.events.map((event) => ({ ...event, uuid: 'of-two-users' })))), 204);
    const [signal] = await recordedSignals(service);
    assert.deepEqual([signal?.eventId, signal?.disposition, signal?.caseId], ['of-two-users', 'unresolved', null]);
    assert.match(signal?.reason ?? '', /the event names more than one user/);
  });

  await t.test('events of odd forms are stored too, and open no case', async () => {
    const events = [
      ...UNREADABLE_EVENTS.map(([, event]) => event),
      ...TARGETS_OF_NOBODY.map(([, target]) => deactivation({ target })),
      deactivation({ target: [{ ...USER, alternateId: 'ada\0@example.com' }] }),
      deactivation({ eventType: '__proto__' }),
    ];
    assert.equal(await deliver(envelope(events, 'odd')), 204);
    const signals = (await recordedSignals(service)).slice(0, events.length);
    const fates = new Set(signals.map(({ disposition }) => disposition));
    assert.deepEqual(fates, new Set(['ignored', 'refused', 'unresolved']));
    assert.deepEqual(await countRows(service.databaseUrl, 'offboarding_case', 'person'), { offboarding_case: 2, person: 2 });
  });

  await t.test('the longest names that are taken fit into the database', async () => {
    const longest = { id: endless(200), type: 'User', alternateId: `${endless(308)}@example.com`, displayName: endless(1_000) };
    const events = [{ uuid: endless(200), eventType: 'user.lifecycle.reactivate', target: [longest] }, { eventType: endless(200) }];
    assert.equal(await deliver(envelope(events, endless(200))), 204);
    assert.equal((await countRows(service.databaseUrl, 'person')).person, 3);
  });
});
