import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subject } from '../../../src/directory/directory.ts';
import { type ParsedEvent, parseDelivery } from '../../../src/intake/okta-event-hook/parse.ts';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { envelope } from './fixtures.ts';

const ADA = { id: '00uAdaLovelace000001', login: 'ada@example.com', displayName: 'Ada' };
const USER = { id: ADA.id, type: 'User', alternateId: ADA.login, displayName: ADA.displayName };
const GRACE = { id: '00uGraceHopper000001', type: 'User', alternateId: 'grace@example.com', displayName: 'Grace' };
const APP_USER = { id: '0uaAdaLovelace000001', type: 'AppUser', alternateId: 'ada.lovelace@example.com', displayName: 'Ada' };
const APP = { id: '0oaSomeApplication01', type: 'AppInstance', alternateId: 'Some application', displayName: 'app' };
const GROUP = { id: '00gSomeGroup00000001', type: 'UserGroup', alternateId: 'unknown', displayName: 'Everyone' };

const ADA_SUBJECT: Subject = { id: ADA.id, email: ADA.login, name: ADA.displayName };

function deactivation(overrides: Record<string, unknown>): ParsedEvent {
  const [event] = parseDelivery(envelope([{ ...oktaEvent('user.lifecycle.deactivate', ADA), ...overrides }]), 'b'.repeat(64));
  assert.ok(event);
  return event;
}

function permutations<T>(items: readonly T[]): T[][] {
  return items.length < 2
    ? [[...items]]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

test('the User target is the person, at whatever place of the list it stands', () => {
  for (const target of permutations([USER, APP_USER, APP, GROUP])) {
    assert.deepEqual(deactivation({ target }).subject, ADA_SUBJECT);
  }
});

test('the actor is never the person: not without targets, not with targets of other types, not where no login is told', () => {
  const actor = { ...GRACE };
  assert.deepEqual(deactivation({ actor }).subject, ADA_SUBJECT);
  for (const target of [undefined, null, [], [APP, GROUP]]) {
    const { meaning, subject, note } = deactivation({ actor, target });
    assert.deepEqual([meaning, subject], ['offboard', null]);
    assert.match(note ?? '', /names no user/);
  }
  assert.deepEqual(deactivation({ actor, target: [{ ...USER, alternateId: 'unknown' }] }).subject, { ...ADA_SUBJECT, email: null });
});

test('two different users are nobody for certain', () => {
  for (const target of permutations([USER, GRACE, APP])) {
    const { subject, note } = deactivation({ target });
    assert.equal(subject, null);
    assert.match(note ?? '', /more than one user/);
  }
});

test('one id with two logins is nobody for certain: a login could be somebody else’s', () => {
  for (const target of permutations([USER, { ...USER, alternateId: GRACE.alternateId }])) {
    assert.equal(deactivation({ target }).subject, null);
  }
});

test('the same user named twice is one person, and a login told once is enough', () => {
  for (const target of permutations([USER, { ...USER }, { ...USER, alternateId: 'unknown' }])) {
    assert.deepEqual(deactivation({ target }).subject, ADA_SUBJECT);
  }
});

test('a login that is no e-mail leaves the id alone to tell the person', () => {
  for (const alternateId of ['unknown', 'ada', '', 'ada@', '@example.com', 'ada lovelace@example.com', null, undefined]) {
    assert.deepEqual(deactivation({ target: [{ ...USER, alternateId }] }).subject, { ...ADA_SUBJECT, email: null });
  }
});

test('a user without an id is told by the login, one without either is nobody', () => {
  assert.deepEqual(deactivation({ target: [{ ...USER, id: null }] }).subject, { ...ADA_SUBJECT, id: null });
  assert.equal(deactivation({ target: [{ ...USER, id: null, alternateId: 'unknown' }] }).subject, null);
});

test('an account in an application tells its person by the e-mail, where all such accounts agree', () => {
  const byApp = { id: null, email: 'ada.lovelace@example.com', name: null };
  assert.deepEqual(deactivation({ target: [APP_USER, APP] }).subject, byApp);
  assert.deepEqual(deactivation({ target: [APP_USER, { ...APP_USER, alternateId: 'Ada.Lovelace@Example.com' }] }).subject, byApp);
  assert.deepEqual(deactivation({ target: [APP_USER, { ...APP_USER, alternateId: 'unknown' }] }).subject, byApp);
  assert.equal(deactivation({ target: [APP_USER, { ...APP_USER, alternateId: 'grace@example.com' }] }).subject, null);
  assert.equal(deactivation({ target: [{ ...APP_USER, alternateId: 'unknown' }, APP] }).subject, null);
});

test('an account in an application never lends its e-mail to a User target', () => {
  for (const target of permutations([{ ...USER, alternateId: 'unknown' }, APP_USER])) {
    assert.deepEqual(deactivation({ target }).subject, { ...ADA_SUBJECT, email: null });
  }
});
