import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { openMailbox } from '../notifications/support/mailbox.ts';
import { freshDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { spawnService } from '../support/process.ts';
import { settings, temporaryFolder } from '../support/service.ts';
import { addLeaver, announce, openOrganization } from './support/leavers.ts';

test('kill -9 after the mail server took a message and before that was stored loses nothing: it is sent again, with the same Message-ID', async (t) => {
  const { url: databaseUrl, db } = await freshDatabase(t);
  const fastio = await openOrganization(t, {});
  const mailbox = await openMailbox(t);
  const folder = await temporaryFolder(t);
  const { host, port } = mailbox;
  const notifications = {
    smtp: { host, port, from: 'leaver@acme.example' },
    operators: { mail: ['desk@acme.example'] },
    events: ['case.held'],
  };
  const leaver = addLeaver(fastio);
  const policy = { protected: [leaver.email] };
  const config = settings({ dataDir: path.join(folder, 'data'), databaseUrl, fastio }, { notifications, policy });
  const service = await spawnService(t, folder, config);
  mailbox.muteNext();
  await announce(leaver, service.url);
  await eventually('the mail server has the message', () => mailbox.mails.length === 1);
  await service.end('SIGKILL');

  const stored = async () => await db.selectFrom('notification').select(['state', 'attempts']).execute();
  assert.deepEqual(await stored(), [{ state: 'pending', attempts: 1 }]);
  await spawnService(t, folder, config);
  // The lease of the dead process is over two minutes later.
  await db
    .updateTable('notification')
    .set({ leased_until: new Date(0) })
    .execute();
  await eventually('the message is stored as sent', async () => (await stored())[0]?.state === 'sent');
  const [first, second, ...more] = mailbox.mails.map(({ parsed: { messageId, date, text } }) => ({ messageId, date, text }));
  assert.deepEqual([first, more], [second, []]);
});
