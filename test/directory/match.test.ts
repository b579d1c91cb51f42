import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type Candidates,
  emailKey,
  followName,
  isEmail,
  type Match,
  matchPerson,
  type Owner,
  type Subject,
} from '../../src/directory/match.ts';

const ANNA = { id: 'anna', email: 'anna@acme.example' };
const BELA = { id: 'bela', email: 'bela@acme.example' };
const NOBODY: Candidates = { byId: null, byEmail: null, byAlias: [], formerly: null };
const owned = (person: Owner['person'], more: Partial<Owner> = {}): Owner => ({ person, state: 'current', id: null, ...more });

interface Row {
  readonly promise: string;
  readonly subject: Partial<Subject>;
  readonly candidates: Partial<Candidates>;
  readonly match: Match['kind'];
  readonly person?: string;
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
  },
  {
    promise: 'a known id with its own e-mail is its person',
    subject: { id: '00u1', email: 'anna@acme.example' },
    candidates: { byId: ANNA, byEmail: owned(ANNA, { id: '00u1' }) },
    match: 'known',
    person: 'anna',
  },
  {
    promise: 'a known id wins over an e-mail that nobody has',
    subject: { id: '00u1', email: 'anna.married@acme.example' },
    candidates: { byId: ANNA },
    match: 'known',
    person: 'anna',
  },
  {
    promise: "a known id with somebody else's e-mail is nobody",
    subject: { id: '00u1', email: 'bela@acme.example' },
    candidates: { byId: ANNA, byEmail: owned(BELA) },
    match: 'unresolved',
  },
  {
    promise: 'a known e-mail alone is its person',
    subject: { email: 'bela@acme.example' },
    candidates: { byEmail: owned(BELA, { id: '00u2' }) },
    match: 'known',
    person: 'bela',
  },
  {
    promise: 'a known e-mail teaches the id of somebody who has none on this connection',
    subject: { id: '00u2', email: 'bela@acme.example' },
    candidates: { byEmail: owned(BELA) },
    match: 'known',
    person: 'bela',
  },
  {
    promise: 'a known e-mail that comes with another id may have passed to somebody else, and is nobody',
    subject: { id: '00u3', email: 'bela@acme.example' },
    candidates: { byEmail: owned(BELA, { id: '00u2' }) },
    match: 'unresolved',
  },
  {
    promise: 'a former address alone is still its person',
    subject: { email: 'bela.old@acme.example' },
    candidates: { byEmail: owned(BELA, { state: 'former' }) },
    match: 'known',
    person: 'bela',
  },
  {
    promise: 'a former address that comes with an id nobody knows may have passed to somebody else, and is nobody',
    subject: { id: 'e9', email: 'bela.old@acme.example' },
    candidates: { byEmail: owned(BELA, { state: 'former' }) },
    match: 'unresolved',
  },
  {
    promise: 'a recycled address is nobody',
    subject: { email: 'bela@acme.example' },
    candidates: { byEmail: owned(BELA, { state: 'recycled' }) },
    match: 'unresolved',
  },
  {
    promise: 'a recycled address keeps nobody from being known by the id',
    subject: { id: '00u2', email: 'bela@acme.example' },
    candidates: { byId: BELA, byEmail: owned(BELA, { state: 'recycled', id: '00u2' }) },
    match: 'known',
    person: 'bela',
  },
  {
    promise: 'an alias is its person where the e-mail is nobody yet',
    subject: { id: 'e2', email: 'bela@corp.example', aliases: ['bela@acme.example'] },
    candidates: { byAlias: [owned(BELA)] },
    match: 'known',
    person: 'bela',
  },
  {
    promise: 'an e-mail outweighs an alias that somebody else has',
    subject: { email: 'anna@acme.example', aliases: ['team@acme.example'] },
    candidates: { byEmail: owned(ANNA), byAlias: [owned(BELA)] },
    match: 'known',
    person: 'anna',
  },
  {
    promise: 'aliases of two people are nobody',
    subject: { email: 'new@acme.example', aliases: ['a@acme.example', 'b@acme.example'] },
    candidates: { byAlias: [owned(ANNA), owned(BELA)] },
    match: 'unresolved',
  },
  {
    promise: 'an alias of somebody with another id is nobody',
    subject: { id: '00u9', email: 'new@acme.example', aliases: ['b@acme.example'] },
    candidates: { byAlias: [owned(BELA, { id: '00u2' })] },
    match: 'unresolved',
  },
];

const FORMERLY: readonly Row[] = [
  {
    promise: 'a new address that nobody has is of whoever was called otherwise until now',
    subject: { email: 'anna.married@acme.example' },
    candidates: { formerly: ANNA },
    match: 'known',
    person: 'anna',
  },
  {
    promise: 'a new address of their own is too, and a new id is learned',
    subject: { id: '00u1', email: 'anna.married@acme.example' },
    candidates: { formerly: ANNA, byEmail: owned(ANNA, { state: 'former' }) },
    match: 'known',
    person: 'anna',
  },
  {
    promise: "a new address of somebody else's is nobody",
    subject: { email: 'bela@acme.example' },
    candidates: { formerly: ANNA, byEmail: owned(BELA) },
    match: 'unresolved',
  },
  {
    promise: 'a known id outweighs what somebody was called',
    subject: { id: '00u2', email: 'new@acme.example' },
    candidates: { formerly: ANNA, byId: BELA },
    match: 'known',
    person: 'bela',
  },
];

suite('who somebody is', () => {
  for (const { promise, subject, candidates, match, person } of [...ROWS, ...FORMERLY]) {
    test(promise, () => {
      const found = matchPerson({ id: null, email: null, name: null, ...subject }, { ...NOBODY, ...candidates });
      assert.equal(found.kind, match);
      assert.equal(found.kind === 'known' ? found.person.id : undefined, person);
      assert.equal(found.kind !== 'unresolved' || found.reason.length > 20, true);
      // The doubt goes where nothing can be forgotten: it names no id and no address.
      assert.ok(found.kind !== 'unresolved' || /^[a-z-]+$/.test(found.doubt));
    });
  }
});

suite('a name in a message of the same connection', () => {
  const at = new Date('2026-03-02T08:00:00Z');
  const before = new Date(at.getTime() - 1);
  const after = new Date(at.getTime() + 1);
  const NAMES: ReadonlyArray<readonly [promise: string, ...args: Parameters<typeof followName>, ReturnType<typeof followName>]> = [
    ['that it used last says nothing new', { key: 'a', at }, 'a', 'current', after, 'same'],
    ['that nobody had is a rename', { key: 'a', at }, 'b', null, after, 'rename'],
    ['that nobody had is a rename, also without a time', { key: 'a', at: null }, 'b', null, null, 'rename'],
    ['that another connection uses is a rename', { key: 'a', at }, 'b', 'current', null, 'rename'],
    ['that is a further name of theirs says nothing new', { key: 'a', at }, 'b', 'alias', after, 'same'],
    ['from before the last rename takes nothing back', { key: 'a', at }, 'b', null, before, 'late'],
    ['that the person had before is an old message, without a time', { key: 'a', at }, 'b', 'former', null, 'late'],
    ['that the person had before is a way back, when it is newer', { key: 'a', at }, 'b', 'former', after, 'rename'],
    ['that has passed to somebody else renames nobody', { key: 'a', at }, 'b', 'recycled', after, 'same'],
  ];
  for (const [promise, named, key, state, when, meaning] of NAMES) {
    test(promise, () => assert.equal(followName(named, key, state, when), meaning));
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
