import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEntraProvisioning } from '../../../src/sandbox/entra-provisioning.ts';
import { createHr } from '../../../src/sandbox/hr.ts';
import { undo } from '../../support/undo.ts';
import { casesOf, recordedSignals } from '../support/recorded.ts';
import { countRows } from '../support/rows.ts';
import { CONNECTIONS, SCIM_TOKEN, startScim } from './support/directory.ts';

const HR_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OBJECT_ID = '48d31887-5fad-4d73-a9f5-3c356e68a038';

/** What an Entra whose externalId is the mail nickname, as by default, tells of people. Nobody has an account: cases stay open. */
test('somebody whose name changes', async (t) => {
  const connections = [...CONNECTIONS, { id: 'hr', kind: 'webhook', secrets: [HR_SECRET] }];
  const service = await startScim(t, { config: { connections } });
  const entra = createEntraProvisioning({ baseUrl: service.baseOf('entra-main'), token: SCIM_TOKEN });
  undo(t, async () => await entra.close());
  const hr = createHr({ url: `${service.url}/intake/webhook/hr`, secrets: [HR_SECRET] });
  undo(t, async () => await hr.close());
  const told = async (email: string) => (await casesOf(service, email)).map(({ signals }) => signals.map(({ kind }) => kind));
  const rename = async (id: string, email: string) => await entra.update(id, { 'emails[type eq "work"].value': email });
  const people = async () => (await countRows(service.databaseUrl, 'person')).person;

  await t.test('by a new address stays one person, under the new address and the old one', async () => {
    const before = await people();
    const id = await entra.create({ userPrincipalName: 'anna@one.example' });
    await rename(id, 'anna.king@one.example');
    assert.equal(await people(), before + 1);
    assert.equal((await hr.terminate({ email: 'anna@one.example' })).status, 202);
    await entra.disable(id);
    assert.deepEqual(await told('anna.king@one.example'), [['employee.terminated', 'scim.user.deactivated']]);
  });

  await t.test('an address that two users have had tells neither from the other: each is somebody of their own once renamed', async () => {
    const first = await entra.create({ userPrincipalName: 'first', mail: 'tbd@shared.example' });
    const second = await entra.create({ userPrincipalName: 'second', mail: 'tbd@shared.example' });
    await rename(first, 'anna@shared.example');
    await rename(second, 'bela@shared.example');
    await entra.disable(second);
    assert.deepEqual(await told('bela@shared.example'), [['scim.user.deactivated']]);
    assert.deepEqual(await told('anna@shared.example'), []);
  });

  await t.test('of two users with one address the one who gets another is somebody else: who keeps it is not them', async () => {
    const first = await entra.create({ userPrincipalName: 'fifth', mail: 'team@shared.example' });
    const second = await entra.create({ userPrincipalName: 'sixth', mail: 'team@shared.example' });
    await rename(second, 'cleo@shared.example');
    await entra.disable(first);
    assert.deepEqual(await told('cleo@shared.example'), []);
    assert.deepEqual(await told('team@shared.example'), [['scim.user.deactivated']]);
  });

  await t.test('whoever is made with an address that somebody else had before is not taken for them', async () => {
    const id = await entra.create({ userPrincipalName: 'third', mail: 'tbd@later.example' });
    await rename(id, 'anna@later.example');
    const newcomer = await entra.create({ userPrincipalName: 'fourth', mail: 'tbd@later.example' });
    await entra.disable(newcomer);
    assert.deepEqual(await told('anna@later.example'), []);
    const [signal] = await recordedSignals(service);
    assert.deepEqual([signal?.kind, signal?.disposition, signal?.caseId], ['scim.user.deactivated', 'unresolved', null]);
  });

  await t.test(
    'an address that is another person already is not learned: it is unresolved, and the open case of whoever has it is held',
    async () => {
      const id = await entra.create({ userPrincipalName: 'anna@two.example' });
      const other = await entra.create({ userPrincipalName: 'bela@two.example' });
      await entra.disable(other);
      await service.untilState('bela@two.example', 'attention');
      await rename(id, 'bela@two.example');
      const held = await service.untilState('bela@two.example', 'held');
      assert.match(held.reason ?? '', /entra-main names somebody else with an address of the person, which may have passed on/);
      assert.deepEqual(await told('bela@two.example'), [['scim.user.deactivated', 'scim.user.changed']]);
      const [signal] = await recordedSignals(service);
      assert.deepEqual([signal?.disposition, signal?.caseId], ['unresolved', held.id]);
      assert.match(signal?.reason ?? '', /by another address now, and that one belongs to somebody else/);
    },
  );

  await t.test(
    'a user who is made with the address of another id is unresolved, and that one is held; a plain one leaves no signal',
    async () => {
      const other = await entra.create({ userPrincipalName: 'anna@three.example', externalId: OBJECT_ID });
      assert.notEqual((await recordedSignals(service))[0]?.kind, 'scim.user.created');
      await entra.disable(other);
      await service.untilState('anna@three.example', 'attention');
      await entra.delete(other);
      await entra.create({ userPrincipalName: 'anna@three.example', externalId: OBJECT_ID.replace('4', '5') });
      const held = await service.untilState('anna@three.example', 'held');
      const [signal] = await recordedSignals(service);
      assert.deepEqual([signal?.kind, signal?.disposition, signal?.caseId], ['scim.user.created', 'unresolved', held.id]);
    },
  );

  await t.test(
    'somebody without an e-mail who is moved to the recycle bin under another name, and deleted later, is one person with one case',
    async () => {
      const before = await people();
      const call = async (method: string, path: string, body?: unknown) =>
        (await service.scim(method, path, { body, connection: 'entra-main' })).body;
      const { id } = await call('POST', '/Users', { userName: 'anna@four.example', active: true });
      const Operations = [
        { op: 'Replace', path: 'active', value: 'False' },
        { op: 'Replace', path: 'userName', value: '48d318875fad4d73a9f53c356e68a038anna@four.example' },
      ];
      await call('PATCH', `/Users/${String(id)}`, { Operations });
      await call('DELETE', `/Users/${String(id)}`);
      assert.equal(await people(), before + 1);
      assert.deepEqual(await told('anna@four.example'), [['scim.user.deactivated', 'scim.user.deleted']]);
    },
  );

  await t.test('somebody who is enabled under another address than before holds the case of the departure', async () => {
    const id = await entra.create({ userPrincipalName: 'anna@five.example' });
    await entra.disable(id);
    await service.untilState('anna@five.example', 'attention');
    await entra.updateAtOnce(id, { active: true, emails: [{ type: 'work', primary: true, value: 'anna.king@five.example' }] });
    await service.untilState('anna.king@five.example', 'held');
    assert.deepEqual(await told('anna.king@five.example'), [['scim.user.deactivated', 'scim.user.activated']]);
  });
});
