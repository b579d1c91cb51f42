import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MeaningNeeds } from '../../../src/intake/okta-event-hook/meaning.ts';
import { type ParsedEvent, parseDelivery } from '../../../src/intake/okta-event-hook/parse.ts';
import type { Meaning } from '../../../src/intake/signal.ts';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { envelope } from './fixtures.ts';
import { ADA, USER } from './odd-forms.ts';

const OURS = { id: '0oaOurs', type: 'AppInstance', alternateId: 'Fastio', displayName: 'fastio' };
const OTHER = { id: '0oaOther', type: 'AppInstance', alternateId: 'Payroll', displayName: 'payroll' };
const APP_USER = { id: '0uaAda', type: 'AppUser', alternateId: 'unknown', displayName: 'Ada' };
const APPS = new Set(['0oaOurs']);

function parse(eventType: string, overrides: Record<string, unknown>, needs: MeaningNeeds = {}): ParsedEvent {
  const [parsed] = parseDelivery(envelope([{ ...oktaEvent(eventType, ADA), ...overrides }]), 'b'.repeat(64), needs);
  assert.ok(parsed);
  return parsed;
}

suite('an app taken away or given', () => {
  const removal = (target: unknown, needs?: MeaningNeeds) => parse('application.user_membership.remove', { target }, needs);

  test('counts when eventHook.apps names it, at whatever place it stands', () => {
    for (const target of [
      [APP_USER, OURS, USER],
      [USER, OURS],
      [OTHER, USER, OURS],
    ]) {
      const { meaning, subject } = removal(target, { apps: APPS });
      assert.deepEqual([meaning, subject?.id], ['offboard', ADA.id]);
      assert.equal(parse('application.user_membership.add', { target }, { apps: APPS }).meaning, 'back');
    }
  });

  test('is ignored when it is another app, no app at all, or when none is named', () => {
    const needs: readonly MeaningNeeds[] = [{ apps: APPS }, { apps: new Set() }, {}];
    const lists = [[APP_USER, OTHER, USER], [USER], [{ ...OURS, type: 'AppUser' }, USER], [{ ...OURS, id: 'unknown' }, USER], null, 'odd'];
    for (const target of lists) {
      for (const one of needs) {
        const { meaning, subject, note } = removal(target, one);
        assert.deepEqual([meaning, subject], ['ignore', null]);
        assert.match(note ?? '', /eventHook\.apps/);
      }
    }
    assert.equal(removal([APP_USER, OURS, USER], {}).meaning, 'ignore');
  });

  test('counts for the named apps only, also where policy.signals gives the type a meaning', () => {
    for (const eventType of ['application.user_membership.remove', 'application.provision.user.delete']) {
      const needs = { apps: APPS, overrides: { [eventType]: 'contain' } as const };
      assert.equal(parse(eventType, { target: [APP_USER, OURS, USER] }, needs).meaning, 'contain');
      assert.equal(parse(eventType, { target: [APP_USER, OTHER, USER] }, needs).meaning, 'ignore');
    }
  });
});

suite('admin roles', () => {
  const grant = (type: string, meaning: Meaning) =>
    parse(
      'user.account.privilege.grant',
      { target: [USER, { id: 'HELP_DESK_ADMIN', type, alternateId: 'unknown', displayName: 'Help Desk' }] },
      { overrides: { 'user.account.privilege.grant': meaning } },
    ).meaning;

  test('a revocation of the last one locks out where policy.signals says so, and nowhere else', () => {
    const target = [USER, { id: 'unknown', type: 'ROLE_UNASSIGNED_ALL_PRIVILEGES_REVOKED', alternateId: null, displayName: null }];
    const overrides = { 'user.account.privilege.revoke': 'contain' } as const;
    const { meaning, subject } = parse('user.account.privilege.revoke', { target }, { overrides });
    assert.deepEqual([meaning, subject?.id], ['contain', ADA.id]);
    assert.equal(parse('user.account.privilege.revoke', { target }).meaning, 'ignore');
  });

  test('a grant that tells of a removal counts as one, and one that tells of a grant does not', () => {
    assert.deepEqual([grant('ROLE_UNASSIGNED', 'contain'), grant('ROLE_ASSIGNED', 'contain')], ['contain', 'ignore']);
    assert.deepEqual([grant('ROLE_UNASSIGNED', 'back'), grant('ROLE_ASSIGNED', 'back')], ['ignore', 'back']);
  });
});

suite('risk', () => {
  const overrides = { 'user.risk.change': 'contain', 'user.risk.detect': 'contain' } as const;
  const risk = (debugData: unknown, eventType = 'user.risk.change') =>
    parse(eventType, { debugContext: { debugData } }, { overrides }).meaning;

  test('one that rises, stays, or is not told in words that we know locks out where policy.signals says so', () => {
    for (const text of [
      '{previousLevel=LOW, level=MEDIUM, detectionName=Session Influenced User Risk, issuer=OKTA}',
      '{level=HIGH, previousLevel=HIGH}',
      '{level=HIGH}',
      '{previousLevel=LOW}',
      '{level=SEVERE}',
      '',
    ]) {
      assert.deepEqual(
        [risk({ Risk: text }), risk({ risk: text }), risk({ Risk: text }, 'user.risk.detect')],
        ['contain', 'contain', 'contain'],
      );
    }
    for (const debugData of [undefined, null, [], { Risk: 7 }, { Risk: null }]) {
      assert.equal(risk(debugData), 'contain');
    }
    assert.equal(parse('user.risk.change', { debugContext: { debugData: { Risk: '{level=HIGH}' } } }).meaning, 'ignore');
  });

  test('one that is over locks nobody out', () => {
    for (const text of [
      '{previousLevel=HIGH, level=MEDIUM}',
      '{previousLevel=HIGH, level=LOW}',
      '{level=low}',
      '{level=LOW, previousLevel=LOW}',
    ]) {
      assert.equal(risk({ Risk: text }), 'ignore', text);
    }
  });
});

suite('sessions', () => {
  const ACTOR = { id: '00uActor', type: 'User', alternateId: 'actor@example.com', displayName: 'Actor' };
  const session = (eventType: string, meaning: Meaning, more: Record<string, unknown>) =>
    parse(eventType, { actor: ACTOR, target: null, ...more }, { overrides: { [eventType]: meaning } }).subject?.id ?? null;
  const OWN = ['user.session.start', 'user.session.end', 'user.session.context.change'];

  test('by an event of their own session a person is locked out as the actor, where policy.signals says so and no account is named', () => {
    for (const eventType of OWN) {
      for (const target of [null, undefined, [], [OTHER], [{ id: 'x', type: 'AuthenticatorEnrollment', alternateId: 'unknown' }]]) {
        assert.equal(session(eventType, 'contain', { target }), '00uActor');
      }
      assert.equal(parse(eventType, { actor: ACTOR, target: null }).meaning, 'ignore');
    }
  });

  test('a User target is the person, whoever the actor is', () => {
    for (const eventType of [...OWN, 'user.session.clear']) {
      assert.equal(session(eventType, 'contain', { target: [USER] }), ADA.id);
    }
  });

  test('the actor is nobody where sessions are cleared by somebody else, for what cannot be taken back, and where a target is not certain', () => {
    assert.equal(session('user.session.clear', 'contain', {}), null);
    assert.equal(session('user.lifecycle.suspend', 'contain', {}), null);
    for (const eventType of OWN) {
      assert.equal(session(eventType, 'offboard', {}), null);
      assert.equal(session(eventType, 'back', {}), null);
      for (const target of ['odd', [7], [{ ...USER, id: 7 }], [{ ...USER, id: null, alternateId: 'unknown' }], [APP_USER]]) {
        assert.equal(session(eventType, 'contain', { target }), null);
      }
      for (const actor of [
        null,
        undefined,
        'Ada',
        { ...ACTOR, type: 'SystemPrincipal' },
        { ...ACTOR, id: 'unknown' },
        { ...ACTOR, id: null },
      ]) {
        assert.equal(session(eventType, 'contain', { actor }), null);
      }
    }
  });

  test('an event that failed locks nobody out', () => {
    assert.equal(session('user.session.start', 'contain', { outcome: { result: 'FAILURE' } }), null);
  });
});

suite('a word in the place of an id', () => {
  test('is no id: the login alone tells the person, and without one nobody is told', () => {
    for (const id of ['unknown', 'UNKNOWN', 'null']) {
      const { subject } = parse('user.lifecycle.deactivate', { target: [{ ...USER, id }] });
      assert.deepEqual([subject?.id, subject?.email], [null, ADA.login]);
      assert.equal(parse('user.lifecycle.deactivate', { target: [{ ...USER, id, alternateId: 'unknown' }] }).subject, null);
    }
  });
});

suite('the envelope', () => {
  const event = oktaEvent('user.lifecycle.deactivate', ADA);

  test('of another hook is no delivery; one that does not say is', () => {
    for (const eventType of ['com.okta.oauth2.tokens.transform', 'COM.OKTA.EVENT_HOOK', '', 7, {}]) {
      assert.throws(() => parseDelivery({ ...envelope([event]), eventType }, 'b'.repeat(64)), /com\.okta\.event_hook/);
    }
    for (const eventType of [null, undefined]) {
      assert.equal(parseDelivery({ ...envelope([event]), eventType }, 'b'.repeat(64)).length, 1);
    }
  });

  test('gives its id under the spelling of 2019 too', () => {
    const { eventId: _, ...rest } = envelope([{ ...event, uuid: null }]);
    const idOf = (body: unknown) => parseDelivery(body, 'b'.repeat(64))[0]?.eventId;
    assert.equal(idOf({ ...rest, eventID: 'old' }), 'old#0');
    assert.equal(idOf({ ...rest, eventID: 'old', eventId: 'new' }), 'new#0');
    assert.equal(idOf(rest), `${'b'.repeat(64)}#0`);
  });
});
