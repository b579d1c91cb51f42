import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatch, type Document, readResource } from '../../../src/intake/scim/apply-patch.ts';
import { readJson } from '../../../src/intake/scim/read-json.ts';
import { readPatch } from '../../../src/intake/scim/read-patch.ts';
import { USERS } from '../../../src/intake/scim/schemas.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import type { Json } from '../../../src/kernel/json.ts';
import { runs } from '../../support/sweep.ts';

const ID = '5e4d8d0a-38a8-4a08-9c8b-0f7f6b3a2a11';

const name = fc.constantFrom(
  ...['userName', 'active', 'emails', 'name', 'name.givenName', 'manager', 'members', 'externalId', 'id', 'meta', 'password', 'badge'],
  ...[
    'emails[type eq "work"].value',
    'emails[primary eq true]',
    'roles',
    'urn:acme:1.0:User',
    'urn:acme:1.0:User:floor',
    '__proto__',
    'constructor',
  ],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
);
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(null, true, false, 'True', 'false', '', 'x', 0, 1.5, '\0'),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(fc.constantFrom('value', 'type', 'primary', '$ref', 'password', '__proto__', 'toString'), fc.string({ maxLength: 5 })),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}));
const operation = fc.record(
  {
    op: fc.constantFrom('add', 'Replace', 'REMOVE', 'move'),
    path: name,
    value: fc.oneof(value, fc.dictionary(name, value, { maxKeys: 3 })),
  },
  { requiredKeys: [] },
);
const operations = fc.array(operation, { maxLength: 6 });
const ADA: Document = { userName: 'ada@example.com', active: true, emails: [{ type: 'work', value: 'ada@example.com', primary: true }] };

/** The result, or null where the PATCH was refused; anything else that is thrown fails the test. */
function patched(before: Document, list: readonly unknown[]): Document | null {
  try {
    return applyPatch(USERS, ID, before, readPatch({ Operations: list as Json }));
  } catch (error) {
    assert.ok(error instanceof LeaverError && error.code === 'invalid-request', String((error as Error).stack));
    return null;
  }
}

test('a PATCH of anything is applied or refused by name, and leaves what it was applied to as it was', () => {
  let applied = 0;
  fc.assert(
    fc.property(operations, (list) => {
      const before = structuredClone(ADA);
      const result = patched(before, list);
      assert.deepEqual(before, ADA);
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
      applied += result === null ? 0 : 1;
    }),
    runs(3_000),
  );
  assert.ok(applied > 300, `only ${applied} were applied: the property says little`);
});

test('what a PATCH leaves has a user name, a boolean for active, one primary element at most, and no password', () => {
  fc.assert(
    fc.property(operations, (list) => {
      const result = patched(ADA, list);
      if (result !== null) {
        assert.equal(typeof result['userName'], 'string');
        assert.equal(typeof result['active'], 'boolean');
        const primary = ((result['emails'] ?? []) as readonly Record<string, Json>[]).filter((email) => email['primary'] === true);
        assert.ok(primary.length <= 1);
        assert.ok(!/"password":/i.test(JSON.stringify(result)));
      }
    }),
    runs(2_000),
  );
});

test('a PATCH that is sent again changes nothing more, unless it moves an element away from its own filter', () => {
  const settled = fc.array(
    fc.record({
      op: fc.constantFrom('replace', 'add'),
      path: fc.constantFrom('title', 'active', 'emails[type eq "home"].value', 'manager', 'name.givenName'),
      value: fc.constantFrom('x', 'true', 'False'),
    }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(settled, (list) => {
      const once = patched(ADA, list);
      assert.deepEqual(once && patched(once, list), once);
    }),
    runs(500),
  );
});

test('what is made of a body makes the same again', () => {
  const readOrNull = (body: Json): Document | null => {
    try {
      return readResource(USERS, body);
    } catch (error) {
      assert.ok(error instanceof LeaverError, String(error));
      return null;
    }
  };
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 5 }), (body) => {
      const once = readOrNull(body);
      assert.deepEqual(once && readOrNull(once), once);
    }),
    runs(1_000),
  );
});

test('a body of any bytes is read as JSON reads it, or refused', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.json({ maxDepth: 4 }).map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(bytes, (body) => {
      try {
        assert.deepEqual(readJson(Buffer.from(body)), JSON.parse(new TextDecoder().decode(body)));
      } catch (error) {
        assert.ok(error instanceof LeaverError && error.details['scimType'] === 'invalidSyntax', String(error));
      }
    }),
    runs(1_000),
  );
});
