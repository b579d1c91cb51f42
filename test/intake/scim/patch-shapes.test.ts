import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { applyPatch, type Document } from '../../../src/intake/scim/apply-patch.ts';
import { readPatch } from '../../../src/intake/scim/read-patch.ts';
import { GROUPS, USERS } from '../../../src/intake/scim/schemas.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { cpuMsOf } from './support/cpu.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ID = '5e4d8d0a-38a8-4a08-9c8b-0f7f6b3a2a11';

const ADA: Document = {
  userName: 'ada@example.com',
  name: { givenName: 'Ada', familyName: 'Byron' },
  active: true,
  emails: [
    { type: 'work', value: 'ada@work.example', primary: true },
    { type: 'home', value: 'ada@home.example' },
  ],
  [ENTERPRISE]: { department: 'R&D', manager: { value: 'm-1', $ref: 'https://x.example/Users/m-1', displayName: 'Mary' } },
};
const TEAM: Document = { displayName: 'Team', members: [{ value: 'a' }, { value: 'b', display: 'Bob', type: 'User' }, { value: 'c' }] };

function patchUser(...operations: readonly Json[]): Document {
  return applyPatch(USERS, ID, ADA, readPatch({ Operations: operations }));
}

function patchTeam(...operations: readonly Json[]): Json {
  return (applyPatch(GROUPS, ID, TEAM, readPatch({ Operations: operations }))['members'] ?? []) as Json;
}

/** What becomes of the user: the attributes that are named here, and everything else as it was. */
function after(changes: Readonly<Record<string, Json | undefined>>): Document {
  return Object.fromEntries(Object.entries({ ...ADA, ...changes }).filter(([, value]) => value !== undefined)) as Document;
}

function withEnterprise(changes: Readonly<Record<string, Json | undefined>>): Document {
  const changed = { ...(ADA[ENTERPRISE] as JsonObject), ...changes };
  return after({ [ENTERPRISE]: Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)) as JsonObject });
}

const [WORK, HOME] = ADA['emails'] as readonly JsonObject[];

const SHAPES: readonly (readonly [string, readonly Json[], Document])[] = [
  ['no path', [{ op: 'replace', value: { active: false } }], after({ active: false })],
  ['the text "False"', [{ op: 'Replace', path: 'active', value: 'False' }], after({ active: false })],
  ['the text "false"', [{ op: 'Replace', path: 'active', value: 'false' }], after({ active: false })],
  ['the text "TRUE" where it is true', [{ op: 'REPLACE', path: 'ACTIVE', value: 'TRUE' }], ADA],
  ['an operation with members that nobody knows', [{ name: 'x', OP: 'aDD', Path: 'title', VALUE: 'Dr' }], after({ title: 'Dr' })],
  ['no operation at all', [], ADA],
  ['an empty path', [{ op: 'add', path: '', value: { title: 'Dr' } }], after({ title: 'Dr' })],
  [
    'dotted keys and keys with URNs in one value',
    [{ op: 'replace', value: { 'name.givenName': 'Augusta', [`${ENTERPRISE}:employeeNumber`]: '7', [`${CORE}:title`]: 'Dr' } }],
    { ...withEnterprise({ employeeNumber: '7' }), name: { givenName: 'Augusta', familyName: 'Byron' }, title: 'Dr' },
  ],
  ['an extension as an object', [{ op: 'add', value: { [ENTERPRISE]: { costCenter: '9' } } }], withEnterprise({ costCenter: '9' })],
  ['an extension as the path', [{ op: 'replace', path: ENTERPRISE, value: { department: 'X' } }], withEnterprise({ department: 'X' })],
  ['an extension that goes', [{ op: 'remove', path: ENTERPRISE }], after({ [ENTERPRISE]: undefined })],
  [
    'parts of a complex attribute',
    [{ op: 'replace', path: 'name', value: { familyName: 'King' } }],
    after({ name: { givenName: 'Ada', familyName: 'King' } }),
  ],
  ['a part that is null', [{ op: 'replace', path: 'name', value: { givenName: null } }], after({ name: { familyName: 'Byron' } })],
  ['a part that goes', [{ op: 'remove', path: 'name.givenName' }], after({ name: { familyName: 'Byron' } })],
  [
    'an empty text, which is kept',
    [{ op: 'replace', path: 'name.middleName', value: '' }],
    after({ name: { givenName: 'Ada', familyName: 'Byron', middleName: '' } }),
  ],
  ['null, which is nothing', [{ op: 'replace', path: 'emails', value: null }], after({ emails: undefined })],
  ['a number where a text is meant', [{ op: 'add', path: 'employeeNumber', value: 7 }], withEnterprise({ employeeNumber: '7' })],

  [
    'a part of the elements that are meant',
    [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'a@b.example' }],
    after({ emails: [{ ...WORK, value: 'a@b.example' }, HOME ?? {}] }),
  ],
  [
    'a filter whose value has no quotes',
    [{ op: 'replace', path: 'emails[type eq work].value', value: 'a@b.example' }],
    after({ emails: [{ ...WORK, value: 'a@b.example' }, HOME ?? {}] }),
  ],
  [
    'an element that is not there yet: it is made',
    [{ op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1' }],
    after({ phoneNumbers: [{ type: 'mobile', value: '+1' }] }),
  ],
  [
    'the same by replace',
    [{ op: 'replace', path: 'emails[type eq "other" and primary eq "True"].value', value: 'o@x.example' }],
    after({ emails: [{ ...WORK, primary: false }, HOME ?? {}, { type: 'other', primary: true, value: 'o@x.example' }] }),
  ],
  [
    'an element as a whole',
    [{ op: 'replace', path: 'emails[type eq "home"]', value: { value: 'n@x.example' } }],
    after({ emails: [WORK ?? {}, { type: 'home', value: 'n@x.example' }] }),
  ],
  ['an element that goes', [{ op: 'remove', path: 'emails[type eq "work"]' }], after({ emails: [HOME ?? {}] })],
  ['an element that goes and is not there', [{ op: 'remove', path: 'emails[type eq "fax"]' }], ADA],
  ['the last elements, with which the attribute goes', [{ op: 'remove', path: 'emails[value pr]' }], after({ emails: undefined })],
  [
    'a part of every element',
    [{ op: 'remove', path: 'emails.primary' }],
    after({ emails: [{ type: 'work', value: 'ada@work.example' }, HOME ?? {}] }),
  ],
  [
    'primary on one, which takes it from the other',
    [{ op: 'replace', path: 'emails[type eq "home"].primary', value: 'True' }],
    after({
      emails: [
        { ...WORK, primary: false },
        { ...HOME, primary: true },
      ],
    }),
  ],
  ['an element that is there already', [{ op: 'add', path: 'emails', value: [{ type: 'home', value: 'ada@home.example' }] }], ADA],
  [
    'one more element, not in a list',
    [{ op: 'add', path: 'emails', value: { value: 'x@x.example', type: 'other' } }],
    after({ emails: [WORK ?? {}, HOME ?? {}, { value: 'x@x.example', type: 'other' }] }),
  ],
  [
    'bare elements',
    [{ op: 'replace', path: 'emails', value: ['x@x.example', 'x@x.example'] }],
    after({ emails: [{ value: 'x@x.example' }] }),
  ],

  [
    'a manager as a list of one reference',
    [{ op: 'Add', path: 'manager', value: [{ $ref: null, value: 'm-2' }] }],
    withEnterprise({ manager: { value: 'm-2' } }),
  ],
  [
    'a manager as an object',
    [{ op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: 'm-2' } }],
    withEnterprise({ manager: { value: 'm-2' } }),
  ],
  [
    'a manager as a bare id',
    [{ op: 'Replace', path: `${ENTERPRISE}:manager`, value: 'm-2' }],
    withEnterprise({ manager: { value: 'm-2' } }),
  ],
  [
    'a manager by the part of it',
    [{ op: 'replace', path: `${ENTERPRISE}:manager.value`, value: 'm-2' }],
    withEnterprise({ manager: { value: 'm-2' } }),
  ],
  [
    'a manager behind a URN that ends in a dot',
    [{ op: 'replace', path: `${ENTERPRISE}.manager`, value: 'm-2' }],
    withEnterprise({ manager: { value: 'm-2' } }),
  ],
  [
    'a manager by address alone',
    [{ op: 'add', path: 'manager', value: { $ref: 'https://x.example/Users/m-3' } }],
    withEnterprise({ manager: { value: 'm-3', $ref: 'https://x.example/Users/m-3' } }),
  ],
  [
    'a manager in a URN that lost its colon',
    [{ op: 'add', value: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0User': { manager: 'm-2' } } }],
    withEnterprise({ manager: { value: 'm-2' } }),
  ],
  ...['', null, [], {}, { value: '' }, { value: null }, [{ value: '' }]].map(
    (value) =>
      [
        `no manager any more: ${JSON.stringify(value)}`,
        [{ op: 'Replace', path: 'manager', value }],
        withEnterprise({ manager: undefined }),
      ] as const,
  ),
  ['a manager that goes', [{ op: 'Remove', path: 'manager' }], withEnterprise({ manager: undefined })],

  [
    'its own id, and what is read-only beside other attributes',
    [{ op: 'replace', value: { id: ID, schemas: [CORE], meta: { version: 'x' }, groups: [], title: 'Dr' } }],
    after({ title: 'Dr' }),
  ],
  [
    'a password, which is kept nowhere',
    [
      { op: 'replace', path: 'password', value: 'x' },
      { op: 'replace', value: { password: 'y', PassWord2: 'z' } },
    ],
    after({ PassWord2: 'z' }),
  ],
  [
    'what no schema knows',
    [{ op: 'add', value: { badge: { color: 'red', password: 'x' }, 'urn:acme:1.0:User': { floor: 3 } } }],
    after({ badge: { color: 'red' }, 'urn:acme:1.0:User': { floor: 3 } }),
  ],
  [
    'a name in another case, which is the same attribute',
    [{ op: 'add', value: { USERNAME: 'b@example.com' } }],
    after({ userName: 'b@example.com' }),
  ],
  [
    'names that every object answers to',
    [{ op: 'add', value: { toString: 'x', valueOf: 'y' } }],
    after({ toString: 'x', valueOf: 'y' } as never),
  ],
];

suite('a PATCH of a user', () => {
  for (const [what, operations, expected] of SHAPES) {
    test(what, () => assert.deepEqual(patchUser(...operations), expected));
  }

  test('operations are applied in order', () => {
    const { title } = patchUser(
      { op: 'add', path: 'title', value: 'a' },
      { op: 'remove', path: 'title' },
      { op: 'add', path: 'title', value: 'b' },
    );
    assert.equal(title, 'b');
  });
});

const MEMBERS: readonly (readonly [string, Json, Json])[] = [
  ['are removed by a filter', { op: 'remove', path: 'members[value eq "b"]' }, [{ value: 'a' }, { value: 'c' }]],
  [
    'are removed one by one where the value names them',
    { op: 'Remove', path: 'members', value: [{ $ref: null, value: 'b' }] },
    [{ value: 'a' }, { value: 'c' }],
  ],
  ['are not removed where the value names nobody', { op: 'Remove', path: 'members', value: [] }, TEAM['members'] ?? []],
  ['are all removed where there is no value', { op: 'remove', path: 'members' }, []],
  [
    'are added once',
    { op: 'Add', path: 'members', value: [{ value: 'b' }, { value: 'd' }, { value: 'd' }] },
    [...(TEAM['members'] as readonly Json[]), { value: 'd' }],
  ],
  ['are replaced as a whole', { op: 'replace', path: 'members', value: [{ value: 'z' }] }, [{ value: 'z' }]],
  ['stay when the group gets another name', { op: 'replace', value: { id: ID, displayName: 'Other' } }, TEAM['members'] ?? []],
];

suite('the members of a group', () => {
  for (const [what, operation, expected] of MEMBERS) {
    test(what, () => assert.deepEqual(patchTeam(operation), expected));
  }
});

const REFUSED: readonly (readonly [string, Json, string])[] = [
  ['remove without a path', { op: 'remove' }, 'noTarget'],
  [
    'a filter that describes no element, with nothing to fulfil it',
    { op: 'replace', path: 'emails[value co "zzz"].type', value: 'x' },
    'noTarget',
  ],
  ['a required attribute that is to go', { op: 'remove', path: 'userName' }, 'mutability'],
  ['active that is to go', { op: 'remove', path: 'active' }, 'mutability'],
  ['active that is null', { op: 'replace', value: { active: null } }, 'mutability'],
  ['an id of another resource', { op: 'replace', value: { id: 'other' } }, 'mutability'],
  ['the id as a path', { op: 'replace', path: 'id', value: 'other' }, 'mutability'],
  ['meta as a path', { op: 'replace', path: 'meta.version', value: 'x' }, 'mutability'],
  ['groups as a path', { op: 'add', path: 'groups', value: [{ value: 'g' }] }, 'mutability'],
  ['a boolean that is none', { op: 'replace', path: 'active', value: 'no' }, 'invalidValue'],
  ['a boolean that is a number', { op: 'replace', path: 'active', value: 0 }, 'invalidValue'],
  ['an object where a text is meant', { op: 'replace', path: 'title', value: { a: 1 } }, 'invalidValue'],
  ['a text where an object is meant', { op: 'replace', path: 'name', value: 'Ada' }, 'invalidValue'],
  ['two managers', { op: 'replace', path: 'manager', value: [{ value: 'a' }, { value: 'b' }] }, 'invalidValue'],
  ['a text that PostgreSQL cannot hold', { op: 'replace', path: 'title', value: 'a\0b' }, 'invalidValue'],
  ['no value', { op: 'replace', path: 'title' }, 'invalidValue'],
  ['no path and no object', { op: 'replace', value: 'x' }, 'invalidValue'],
  ['an op that nobody knows', { op: 'move', path: 'title', value: 'x' }, 'invalidSyntax'],
  ['no op', { path: 'title', value: 'x' }, 'invalidSyntax'],
  ['an operation that is no object', 7, 'invalidSyntax'],
  ['one attribute in two spellings', { op: 'replace', value: { active: true, Active: false } }, 'invalidSyntax'],
  ['a path that is no text', { op: 'replace', path: 7, value: 'x' }, 'invalidPath'],
  ['a path into nowhere', { op: 'replace', path: 'a.b.c', value: 'x' }, 'invalidPath'],
  ['a path of the prototype', { op: 'replace', path: '__proto__.polluted', value: 'x' }, 'invalidPath'],
  ['the prototype as a key', { op: 'replace', value: JSON.parse('{"__proto__":{"polluted":true}}') as Json }, 'invalidPath'],
  ['the constructor as a key within', { op: 'replace', value: { badge: { constructor: { prototype: 1 } } } }, 'invalidPath'],
  ['an endless path', { op: 'remove', path: `emails[type eq "${'\\'.repeat(41)}` }, 'invalidPath'],
  ['a path with a filter that cannot be read', { op: 'remove', path: 'emails[type zz "work"]' }, 'invalidFilter'],
];

suite('a PATCH is refused as a whole', () => {
  for (const [what, operation, scimType] of REFUSED) {
    test(`${what}: ${scimType}`, () => {
      try {
        patchUser({ op: 'add', path: 'title', value: 'Dr' }, operation);
      } catch (error) {
        assert.ok(error instanceof LeaverError, String(error));
        assert.deepEqual([error.code, error.details['scimType']], ['invalid-request', scimType]);
        assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
        return;
      }
      assert.fail('it was applied');
    });
  }

  test('more operations than a client sends', () => {
    assert.throws(() => readPatch({ Operations: Array.from({ length: 501 }, () => ({ op: 'remove', path: 'title' })) }), /at most 500/);
  });

  test('a body without a list of operations', () => {
    for (const body of [null, [], 'x', {}, { Operations: {} }]) {
      assert.throws(() => readPatch(body), /Operations/);
    }
  });
});

suite('a PATCH that was made to be slow is over at once', () => {
  const many = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));
  const SLOW: Readonly<Record<string, readonly Json[]>> = {
    'operations that pile up elements': many(500, (n) => ({
      op: 'add',
      path: 'emails',
      value: many(80, (m) => ({ value: `${n}-${m}@x.example`, primary: true })),
    })),
    'operations that pile up attributes': many(500, (n) => ({ op: 'add', value: Object.fromEntries(many(200, (m) => [`a${n}x${m}`, 1])) })),
    'operations that pile up attributes of an extension': many(500, (n) => ({
      op: 'add',
      value: { 'urn:acme:1.0:User': Object.fromEntries(many(200, (m) => [`a${n}x${m}`, 1])) },
    })),
    'filters with many terms': many(500, () => ({ op: 'remove', path: `emails[${many(90, (m) => `value ne "${m}"`).join(' and ')}]` })),
  };
  for (const [what, operations] of Object.entries(SLOW)) {
    test(what, () => {
      const ms = cpuMsOf(() => assert.throws(() => patchUser(...operations), LeaverError));
      assert.ok(ms < 1_000, `${ms} ms`);
    });
  }

  test('hundreds of members that leave a group of ten thousand', () => {
    const members = many(10_000, (n) => ({ value: `member-${n}` }));
    const operations = many(300, (n) => ({ op: 'remove', path: `members[value eq "member-${n}"]` }));
    const ms = cpuMsOf(() => {
      const left = applyPatch(GROUPS, ID, { displayName: 'Everybody', members }, readPatch({ Operations: operations }));
      assert.equal((left['members'] as Json[]).length, 9_700);
    });
    assert.ok(ms < 1_500, `${ms} ms`);
  });
});
