import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openBook } from '../../src/directory/book.ts';
import type { Query } from '../../src/directory/directory.ts';
import { emailKey, matchPerson } from '../../src/directory/match.ts';
import { runs } from '../support/sweep.ts';

const email = fc.constantFrom('a@x.example', 'A@x.example', 'b@x.example', 'c@x.example', 'd@x.example');
const query: fc.Arbitrary<Query> = fc
  .record({
    connection: fc.constantFrom('okta', 'entra', null),
    id: fc.option(fc.constantFrom('1', '2', '3'), { freq: 2 }),
    email: fc.option(email, { freq: 3 }),
    aliases: fc.array(email, { maxLength: 2 }),
    formerly: fc.option(fc.record({ id: fc.option(fc.constantFrom('1', '2', '3'), { freq: 2 }), email }), { freq: 3 }),
    at: fc.option(fc.integer({ min: 0, max: 5 }).map((hour) => new Date(Date.UTC(2026, 2, 2, hour)))),
  })
  .map(({ connection, id, email: address, aliases, formerly, at }) => {
    // An operator knows no ids.
    const named = connection === null ? null : id;
    const before = connection === null ? null : formerly && { ...formerly, name: null };
    return {
      connection,
      formerly: before,
      subject: { id: named, email: address ?? (named === null ? 'a@x.example' : null), name: null, aliases },
      at,
    };
  });

/** What each query was taken for, one after the other. */
function play(queries: readonly Query[]) {
  const book = openBook([]);
  const answers = queries.map((one) => {
    const candidates = book.candidatesOf(one);
    const match = matchPerson(one.subject, candidates);
    if (match.kind === 'unresolved') return { query: one, candidates, person: null };
    const person = match.kind === 'known' ? match.person.id : `p${[...book.cards()].length}`;
    if (match.kind === 'new') book.make({ id: person, email: match.email });
    book.learn(person, one);
    return { query: one, candidates, person };
  });
  return { book, answers };
}

test('an id of a connection is one person for ever, and a person has one id there', () => {
  fc.assert(
    fc.property(fc.array(query, { maxLength: 25 }), (queries) => {
      const owners = new Map<string, string>();
      for (const { query: one, person } of play(queries).answers) {
        if (person === null || one.connection === null || one.subject.id === null) continue;
        const name = `${one.connection} ${one.subject.id}`;
        assert.equal(owners.get(name) ?? person, person);
        owners.set(name, person);
      }
      const pairs = [...owners].map(([name, person]) => `${name.split(' ')[0]} ${person}`);
      assert.equal(new Set(pairs).size, pairs.length);
    }),
    runs(400),
  );
});

test('an address is one person for ever, whoever is renamed', () => {
  fc.assert(
    fc.property(fc.array(query, { maxLength: 25 }), (queries) => {
      const { book, answers } = play(queries);
      const seen = [...book.cards()].flatMap(({ addresses }) => [...addresses.keys()]);
      assert.equal(new Set(seen).size, seen.length);
      const owners = new Map<string, string>();
      for (const { query: one, person } of answers) {
        const key = one.subject.email === null ? null : emailKey(one.subject.email);
        if (person === null || key === null) continue;
        assert.equal(owners.get(key) ?? person, person);
        owners.set(key, person);
      }
    }),
    runs(400),
  );
});

test("somebody's e-mail is always one of their addresses, and current unless it was said to be recycled", () => {
  fc.assert(
    fc.property(fc.array(query, { maxLength: 25 }), (queries) => {
      for (const card of play(queries).book.cards()) {
        assert.equal(card.addresses.get(emailKey(card.email))?.state, 'current', JSON.stringify([...card.addresses]));
      }
    }),
    runs(400),
  );
});

test('an id that nobody knows is never given to somebody who has another one there, nor by way of a former address', () => {
  fc.assert(
    fc.property(fc.array(query, { maxLength: 25 }), (queries) => {
      for (const { query: one, candidates, person } of play(queries).answers) {
        const owner = candidates.byEmail;
        if (one.subject.id === null || candidates.byId || candidates.formerly || !owner) continue;
        if (owner.id !== null || owner.state !== 'current') assert.equal(person, null);
      }
    }),
    runs(400),
  );
});

test('whatever somebody was called until now, nobody gets the address of another person, nor the account of another id', () => {
  fc.assert(
    fc.property(fc.array(query, { maxLength: 25 }), (queries) => {
      const { book, answers } = play(queries);
      for (const { query: one, candidates, person } of answers) {
        if (!one.formerly || candidates.byId || person === null) continue;
        assert.ok(!candidates.byEmail || candidates.byEmail.person.id === person);
        const id = book.card(person)?.identities.get(one.connection ?? '')?.subject ?? null;
        if (candidates.formerly && one.subject.id !== null) assert.equal(id, one.subject.id);
      }
    }),
    runs(400),
  );
});
