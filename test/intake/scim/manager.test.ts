import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { inTransaction } from '../../../src/database/database.ts';
import type { ReadSubject } from '../../../src/directory/reader.ts';
import { createScimManagers } from '../../../src/intake/scim/manager.ts';
import { insertResource } from '../../../src/intake/scim/store.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { freshDatabase } from '../../support/database.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const OKTA_ID = '00u3m90rxKjGQ0G6L1d6';

test('the manager that was told over SCIM', async (t) => {
  const { db } = await freshDatabase(t);
  const write = async (userName: string, document: JsonObject = {}, connection = 'okta-main'): Promise<string> => {
    const id = randomUUID();
    const externalId = typeof document['externalId'] === 'string' ? document['externalId'] : null;
    const at = new Date();
    const kept = {
      id,
      connection,
      kind: 'User',
      nameKey: userName.toLowerCase(),
      externalId,
      version: 1,
      createdAt: at,
      changedAt: at,
    } as const;
    await inTransaction(db, async (tx) => insertResource(tx, { ...kept, document: { userName, ...document } }));
    return id;
  };
  const managers = createScimManagers({ connection: 'okta-main', provider: 'okta', db });
  const above = async (subject: Partial<ReadSubject>) =>
    await managers.managerOf({ id: null, email: null, ...subject }, new AbortController().signal);

  const emails = [
    { value: 'Mia.Old@example.com', type: 'home' },
    { value: 'Mia@example.com', primary: true },
  ];
  const mia = await write('mia.o', { externalId: OKTA_ID, active: true, displayName: 'Mia O', emails });
  const MIA = { kind: 'manager', manager: { id: OKTA_ID, email: 'Mia@example.com', name: 'Mia O' }, isActive: true };
  const max = await write('max@example.com', { active: false });
  await write('ivy', { emails: [{ value: 'twins@example.com' }] });
  await write('ida', { emails: [{ value: 'Twins@example.com' }] });
  await write('eve@example.com', { externalId: OKTA_ID }, 'entra-main');

  let number = 0;
  const managedBy = async (manager: JsonObject | null) => {
    number += 1;
    const email = `lee${number}@example.com`;
    await write(email, manager === null ? {} : { [ENTERPRISE]: { manager } });
    return await above({ email });
  };

  for (const [shape, value] of [
    ['the id that we gave them', mia],
    ['the id of the identity provider', OKTA_ID],
    ['their user name', 'Mia.O'],
    ['their e-mail', 'mia@EXAMPLE.com'],
    ['an e-mail that is not their first', 'mia.old@example.com'],
  ] as const) {
    await t.test(`is found by ${shape}`, async () => {
      assert.deepEqual(await managedBy({ value }), MIA);
    });
  }

  await t.test('is said to be inactive where the directory has them so', async () => {
    const manager = { id: max, email: 'max@example.com', name: null };
    assert.deepEqual(await managedBy({ value: max }), { kind: 'manager', manager, isActive: false });
  });

  await t.test('is an e-mail alone where nobody was written with it, and then nothing is known of whether they are active', async () => {
    const manager = { id: null, email: 'boss@example.com', name: 'The Boss' };
    assert.deepEqual(await managedBy({ value: 'boss@example.com', displayName: 'The Boss' }), { kind: 'manager', manager, isActive: null });
  });

  for (const [why, manager] of [
    ['not-named', null],
    ['not-named', { displayName: 'The Boss' }],
    ['not-named', { value: ' ' }],
    ['only-text', { value: 'The Boss' }],
    ['only-text', { value: 'CN=Boss,OU=People' }],
    ['lost', { value: randomUUID() }],
    ['lost', { value: 'twins@example.com' }],
  ] as const) {
    await t.test(`is ${why} where it stands as ${JSON.stringify(manager)}`, async () => {
      const reading = await managedBy(manager);
      assert.equal(reading.kind === 'none' && reading.why, why);
    });
  }

  await t.test('is asked for by any of the ways in which the person is known', async () => {
    const lee = await write('lee.aver', {
      externalId: '00uleeleeleeleelee00',
      emails: [{ value: 'L@example.com' }],
      [ENTERPRISE]: { manager: { value: mia } },
    });
    for (const subject of [
      { id: lee },
      { id: '00uleeleeleeleelee00' },
      { email: 'l@example.com' },
      { id: '00uunknown', email: 'l@example.com' },
    ]) {
      assert.deepEqual(await above(subject), MIA);
    }
  });

  for (const subject of [{ email: 'nobody@example.com' }, { id: 'nobody' }, {}, { email: 'twins@example.com' }]) {
    await t.test(`is nobody's for ${JSON.stringify(subject)}`, async () => {
      const reading = await above(subject);
      assert.equal(reading.kind === 'none' && reading.why, 'unknown-person');
    });
  }
});
