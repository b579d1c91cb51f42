import { oktaEvent } from '../../../src/sandbox/okta.ts';

export const ADA = { id: '00uAdaLovelace000001', login: 'ada@example.com', displayName: 'Ada' };
export const USER = { id: ADA.id, type: 'User', alternateId: ADA.login, displayName: ADA.displayName };
export const LONG = 'x'.repeat(100_000);

/** A deactivation of Ada, but for the overrides. */
export function deactivation(overrides: Record<string, unknown>): Record<string, unknown> {
  return { ...oktaEvent('user.lifecycle.deactivate', ADA), ...overrides };
}

/** What stands in the place of an event and is none. */
export const UNREADABLE_EVENTS: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a text', JSON.stringify(deactivation({}))],
  ['a list', [deactivation({})]],
  ['no type', deactivation({ eventType: undefined })],
  ['a type that is an object', deactivation({ eventType: { name: 'user.lifecycle.deactivate' } })],
  ['an empty type', deactivation({ eventType: '' })],
  ['a type with a NUL', deactivation({ eventType: 'user.lifecycle.deactivate\0' })],
  ['an endless type', deactivation({ eventType: LONG })],
  ['a uuid that is a number', deactivation({ uuid: 7 })],
  ['an empty uuid', deactivation({ uuid: '' })],
  ['a uuid with a NUL', deactivation({ uuid: 'a\0b' })],
  ['a uuid with half a character', deactivation({ uuid: 'a\ud800b' })],
  ['an endless uuid', deactivation({ uuid: LONG })],
  ['everything only in the prototype', JSON.parse(`{"__proto__":${JSON.stringify(deactivation({}))}}`)],
];

/** Target lists of odd forms, of which none tells for certain who is meant. */
export const TARGETS_OF_NOBODY: readonly (readonly [string, unknown])[] = [
  ['a text', 'ada@example.com'],
  ['a number', 1],
  ['an object', USER],
  ['texts instead of objects', ['ada@example.com']],
  ['a text beside the user', [USER, 'ada@example.com']],
  ['null beside the user', [null, USER]],
  ['a list in the list', [[USER]]],
  ['an id that is an object', [{ ...USER, id: { value: ADA.id } }]],
  ['an id that is a number', [{ ...USER, id: 7 }]],
  ['an empty id', [{ ...USER, id: '' }]],
  ['an id with a NUL', [{ ...USER, id: `${ADA.id}\0` }]],
  ['an id with half a character', [{ ...USER, id: `${ADA.id}\udfff` }]],
  ['an endless id', [{ ...USER, id: LONG }]],
  ['a type that is a list', [{ ...USER, type: ['User'] }]],
  ['a type in other letters', [{ ...USER, type: 'user' }]],
  ['a user only in the prototype', JSON.parse(`[{"__proto__":${JSON.stringify(USER)}}]`)],
];
