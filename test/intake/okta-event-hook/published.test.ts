import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parseDelivery } from '../../../src/intake/okta-event-hook/parse.ts';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { send } from '../../http/support/send.ts';
import { SECRET, startHookServer } from '../support/hook-server.ts';
import { envelope, fixture } from './fixtures.ts';

/** What Okta's own management API takes and gives: hooks, and no deliveries of one. */
const HOOKS = ['admin-create-hook-with-filter', 'admin-hook-object-response', 'admin-hook-object-deactivated'] as const;

for (const name of HOOKS) {
  test(`a hook is no delivery of one: 400, and nothing is stored (${name})`, async (t) => {
    const { url, accepted } = await startHookServer(t);
    const published = (await fixture(name)) as { readonly body?: unknown };
    const headers = [['authorization', SECRET] as const, ['content-type', 'application/json'] as const];
    const body = JSON.stringify(published.body ?? published);
    const { status, text } = await send(`${url}/intake/okta/okta-main/events`, { method: 'POST', headers, body });
    assert.equal(status, 400);
    assert.match(text, /The body is not an Okta event hook delivery: .*data\.events is missing.* Nothing was stored/);
    assert.deepEqual(accepted, []);
  });
}

test('the details of a change on a User target leave the person who they are (log-target-change-details)', async () => {
  const event = oktaEvent('user.lifecycle.deactivate', { id: '00uAdaLovelace000001', login: 'ada@example.com', displayName: 'Ada' });
  const changeDetails = await fixture('log-target-change-details');
  const read = (target: unknown) => parseDelivery(envelope([{ ...event, target }]), 'a'.repeat(64));
  const plain = event['target'] as readonly Record<string, unknown>[];
  const changed = plain.map((one) => ({ ...one, changeDetails }));
  assert.ok(plain.some(({ type }) => type === 'User'));
  assert.deepEqual(read(changed), read(plain));
  assert.deepEqual(read(changed)[0]?.subject, { id: '00uAdaLovelace000001', email: 'ada@example.com', name: 'Ada' });
});

test('every published file is used by a test of this channel or of Universal Logout', async () => {
  const folders = [import.meta.dirname, path.join(import.meta.dirname, '..', 'okta-revocation')];
  const sources = await Promise.all(
    folders.map(async (folder) => {
      const names = (await readdir(folder)).filter((file) => file.endsWith('.test.ts'));
      return await Promise.all(names.map(async (file) => await readFile(path.join(folder, file), 'utf8')));
    }),
  );
  const files = await readdir(path.join(import.meta.dirname, '..', '..', 'fixtures', 'okta-event-hook'));
  const published = files.filter((file) => file.endsWith('.json')).map((file) => path.basename(file, '.json'));
  const text = sources.flat().join('\n');
  // Named as a value, not within the title of a test.
  assert.ok(published.length > 15);
  assert.deepEqual(
    published.filter((name) => !text.includes(`'${name}'`)),
    [],
  );
});
