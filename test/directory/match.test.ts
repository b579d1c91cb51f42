import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Candidates, emailKey, isEmail, type Match, matchPerson, type Subject } from '../../src/directory/match.ts';

const ANNA = { id: 'anna', email: 'anna@acme.example' };
const BELA = { id: 'bela', email: 'bela@acme.example' };
const NOBODY: Candidates = { byId: null, byEmail: null, idOfEmail: null };

interface Row {
  readonly promise: string;
  readonly subject: Partial<Subject>;
  readonly candidates: Partial<Candidates>;
  readonly match: Match['kind'];
  readonly person?: string;
  readonly learnsId?: boolean;
}

const ROWS: readonly Row[] = [
  { promise: 'somebody with an e-mail that nobody has is new', subject: { email: 'new@acme.example' }, candidates: {}, match: 'new' },
  { promise: 'somebody new may bring an id', subject: { id: '00u1', email: 'new@acme.example' }, candidates: {}, match: 'new' },
  { promise: 'an id alone that nobody has is nobody', subject: { id: '00u1' }, candidates: {}, match: 'unresolved' },
  {
    promise: 'a known id is its person',
    subject: { id: '00u1' },
    candidates: { byId: ANNA },
    match: 'known',
    person: 'anna',
    learnsId: false,
  },
  {
    promise: 'a known id with its own e-mail is its person',
    subject: { id: '00u1', email: 'anna@acme.example' },
    candidates: { byId: ANNA, byEmail: ANNA, idOfEmail: '00u1' },
    match: 'known',
    person: 'anna',
    learnsId: false,
  },
  {
    promise: 'a known id wins over an e-mail that nobody has',
    subject: { id: '00u1', email: 'anna.married@acme.example' },
    candidates: { byId: ANNA },
    match: 'known',
    person: 'anna',
    learnsId: false,
  },
  {
    promise: "a known id with somebody else's e-mail is nobody",
    subject: { id: '00u1', email: 'bela@acme.example' },
    candidates: { byId: ANNA, byEmail: BELA },
    match: 'unresolved',
  },
  {
    promise: 'a known e-mail alone is its person',
    subject: { email: 'bela@acme.example' },
    candidates: { byEmail: BELA, idOfEmail: '00u2' },
    match: 'known',
    person: 'bela',
    learnsId: false,
  },
  {
    promise: 'a known e-mail teaches the id of somebody who has none on this connection',
    subject: { id: '00u2', email: 'bela@acme.example' },
    candidates: { byEmail: BELA },
    match: 'known',
    person: 'bela',
    learnsId: true,
  },
  {
    promise: 'a known e-mail that comes with another id may have passed to somebody else, and is nobody',
    subject: { id: '00u3', email: 'bela@acme.example' },
    candidates: { byEmail: BELA, idOfEmail: '00u2' },
    match: 'unresolved',
  },
];

suite('who somebody is', () => {
  for (const { promise, subject, candidates, match, person, learnsId } of ROWS) {
    test(promise, () => {
      const found = matchPerson({ id: null, email: null, name: null, ...subject }, { ...NOBODY, ...candidates });
      assert.equal(found.kind, match);
      assert.equal(found.kind === 'known' ? found.person.id : undefined, person);
      assert.equal(found.kind === 'known' ? found.learnsId : undefined, learnsId);
      assert.equal(found.kind !== 'unresolved' || found.reason.length > 20, true);
    });
  }
});

suite('an e-mail', () => {
  const SAME = [
    ['Anna@Acme.Example', 'anna@acme.example'],
    ['JÖRG@acme.example', 'jörg@acme.example'],
  ] as const;
  for (const [a, b] of SAME) {
    test(`${a} is ${b}`, () => assert.equal(emailKey(a), emailKey(b)));
  }

  const DIFFERENT = [
    ['anna.b@acme.example', 'annab@acme.example'],
    ['anna+hr@acme.example', 'anna@acme.example'],
    ['anna@acme.example', 'anna@acme.example.au'],
    ['anna@acme.example', ' anna@acme.example'],
    ['jörg@acme.example', 'jo\u0308rg@acme.example'],
    ['straße@acme.example', 'strasse@acme.example'],
    ['аnna@acme.example', 'anna@acme.example'],
  ] as const;
  for (const [a, b] of DIFFERENT) {
    test(`${a} is not ${JSON.stringify(b)}`, () => assert.notEqual(emailKey(a), emailKey(b)));
  }

  const TEXTS: ReadonlyArray<readonly [text: string, is: boolean]> = [
    ['anna@acme.example', true],
    ["o'neil+x@acme.example", true],
    ['anna', false],
    ['', false],
    ['@acme.example', false],
    ['anna@', false],
    ['anna@acme.example, bela@acme.example', false],
    ['Anna <anna@acme.example>', false],
    ['anna@acme@example', false],
    ['anna@acme.example\n', false],
    [`${'a'.repeat(320)}@acme.example`, false],
  ];
  for (const [text, is] of TEXTS) {
    test(`${JSON.stringify(text.slice(0, 40))} ${is ? 'can' : 'cannot'} be one`, () => assert.equal(isEmail(text), is));
  }
});
