import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Document } from '../../../src/intake/scim/apply-patch.ts';
import { signalOf, subjectOf, type Write } from '../../../src/intake/scim/user.ts';

const OKTA_ID = '00ujl29u0le5T6Aj10h7';
const OBJECT_ID = '48d31887-5fad-4d73-a9f5-3c356e68a038';
const WRITE: Write = { connection: 'okta-main', provider: 'okta', bodySha256: 'ab', verifiedBy: 'scim.tokens[0]', meanings: {} };
const AT = new Date('2026-01-02T03:04:05Z');

function signal(before: Document | null, after: Document | null) {
  return signalOf({ id: 'u1', before, after, version: 7, at: AT }, WRITE);
}

suite('who a user is', () => {
  const emailOf = (user: Document) => subjectOf({ userName: 'u', ...user }, 'okta')?.email ?? null;
  const home = { type: 'home', value: 'home@x.example' };
  const work = { type: 'WORK', value: 'work@x.example' };
  const EMAILS: readonly (readonly [string, Document, string | null])[] = [
    ['the primary address', { emails: [work, { ...home, primary: true }] }, 'home@x.example'],
    ['else the one at work', { emails: [home, work] }, 'work@x.example'],
    ['else any', { emails: [{ type: 'home' }, home] }, 'home@x.example'],
    ['else the user name, where it is an address', { userName: 'ada@x.example', emails: [] }, 'ada@x.example'],
    ['what is no address is none', { userName: 'ada', emails: [{ value: 'ada at home', primary: true }] }, null],
  ];
  for (const [what, user, email] of EMAILS) {
    test(`by e-mail: ${what}`, () => assert.equal(emailOf(user), email));
  }

  test('by the id of the identity provider, where externalId is one, so that its other channels mean the same person', () => {
    const idOf = (externalId: string, provider: 'okta' | 'entra') => subjectOf({ userName: 'a@x.example', externalId }, provider)?.id;
    assert.equal(idOf(OKTA_ID, 'okta'), OKTA_ID);
    assert.equal(idOf(OBJECT_ID, 'entra'), OBJECT_ID);
    assert.equal(idOf(OBJECT_ID, 'okta'), null);
    assert.equal(idOf(OKTA_ID, 'entra'), null);
    assert.equal(idOf('ada', 'entra'), null, 'a mail nickname passes from one person to the next');
    assert.equal(idOf(`${OKTA_ID}0`, 'okta'), null);
  });

  test('nobody, when there is neither', () => assert.equal(subjectOf({ userName: 'ada' }, 'okta'), null));

  test('is called by the name for people, or by what the name is made of', () => {
    const nameOf = (user: Document) => subjectOf({ userName: 'a@x.example', ...user }, 'okta')?.name;
    assert.equal(nameOf({ displayName: 'Ada K', name: { formatted: 'X' } }), 'Ada K');
    assert.equal(nameOf({ displayName: '', name: { formatted: 'Ada King' } }), 'Ada King');
    assert.equal(nameOf({ name: { givenName: 'Ada', familyName: 'King' } }), 'Ada King');
    assert.equal(nameOf({}), null);
  });
});

suite('what a write means', () => {
  const here: Document = { userName: 'a@x.example', active: true };
  const gone: Document = { userName: 'a@x.example', active: false };
  const CASES: readonly (readonly [string, Document | null, Document | null, string | null, string | null])[] = [
    ['somebody becomes inactive', here, gone, 'scim.user.deactivated', 'offboard'],
    ['somebody of whom nothing was said becomes inactive', { userName: 'a@x.example' }, gone, 'scim.user.deactivated', 'offboard'],
    ['somebody is deleted', here, null, 'scim.user.deleted', 'offboard'],
    ['somebody inactive is deleted', gone, null, 'scim.user.deleted', 'offboard'],
    ['somebody becomes active', gone, here, 'scim.user.activated', 'back'],
    ['somebody is made', null, here, null, null],
    ['somebody is made inactive', null, gone, null, null],
    ['an inactive one stays so', gone, { ...gone, title: 'x' }, null, null],
    ['an active one stays so', here, { ...here, title: 'x' }, null, null],
  ];
  for (const [what, before, after, kind, meaning] of CASES) {
    test(`${what}: ${kind ?? 'nothing'}`, () => {
      const told = signal(before, after);
      assert.deepEqual([told?.kind ?? null, told?.meaning ?? null], [kind, meaning]);
    });
  }

  test('carries the change by its number, and when it happened', () => {
    const told = signal(here, gone);
    assert.deepEqual([told?.eventId, told?.occurredAt, told?.channel, told?.verifiedBy], ['u1:7', AT, 'scim', 'scim.tokens[0]']);
  });

  test('is what policy.signals says, where it says anything', () => {
    const meanings = { 'scim.user.deleted': 'ignore', 'scim.user.deactivated': 'contain' } as const;
    const told = (after: Document | null) => signalOf({ id: 'u1', before: here, after, version: 7, at: AT }, { ...WRITE, meanings });
    assert.deepEqual([told(gone)?.meaning, told(gone)?.note], ['contain', null]);
    assert.deepEqual([told(null)?.meaning, told(null)?.note], ['ignore', 'policy.signals says that nobody leaves by it']);
  });

  test('a leaver who is renamed in the same write is told by the name before', () => {
    assert.equal(signal(here, { ...gone, userName: 'deleted-a@x.example' })?.subject?.email, 'a@x.example');
    assert.equal(signal({ ...here, userName: 'a' }, gone)?.subject?.email, 'a@x.example');
    assert.equal(signal(gone, { ...here, userName: 'b@x.example' })?.subject?.email, 'b@x.example');
  });

  test('a leaver without e-mail and id is told of, and nobody is guessed', () => {
    const told = signal({ userName: 'ada', active: true }, { userName: 'ada', active: false });
    assert.equal(told?.subject, null);
    assert.match(told?.note ?? '', /neither an e-mail nor the id/);
  });
});
