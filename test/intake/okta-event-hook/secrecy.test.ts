import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/kernel/log.ts';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { send } from '../../http/support/send.ts';
import { freshDatabaseUrl } from '../../support/database.ts';
import { HOOK_SECRET, OPERATOR_TOKEN, startService } from '../../support/service.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { rows } from '../support/rows.ts';
import { envelope } from './fixtures.ts';

const ADA = { id: '00uAdaLovelace000001', login: 'ada@example.com', displayName: 'Ada' };
const WRONG_SECRET = 'wrong-secret-of-a-stranger';

/** Everything the event has beyond the person and the type carries this mark. */
const MARK = 'mark-of-the-body';
const MARKED = {
  actor: { id: `${MARK}-actor`, type: 'User', alternateId: `${MARK}@example.com`, displayName: MARK },
  client: { userAgent: { rawUserAgent: MARK }, ipAddress: MARK },
  debugContext: { debugData: { requestUri: MARK, [MARK]: MARK } },
  transaction: { type: 'WEB', id: MARK, detail: {} },
  displayMessage: MARK,
};

async function whereIs(databaseUrl: string, needle: string): Promise<string[]> {
  const tables = await rows<{ name: string }>(
    databaseUrl,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const found = await Promise.all(
    tables.map(
      async ({ name }) =>
        await rows<{ name: string }>(databaseUrl, `select '${name}' as name from ${name} as one where one::text ilike $1 limit 1`, [
          `%${needle}%`,
        ]),
    ),
  );
  return found.flat().map(({ name }) => name);
}

test('neither the secret nor what else was in a body is kept anywhere: not in the database, not in the log', async (t) => {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  const databaseUrl = await freshDatabaseUrl(t);
  const proxy = await startDatabaseProxy(t, databaseUrl);
  const service = await startService(t, { databaseUrl: proxy.url, log });
  service.fastio.scenario.addUser({ email: ADA.login });
  const deliver = async (secret: string, body: string, claimedLength?: number): Promise<number> => {
    const url = `${service.url}/intake/okta/okta-main/events?${MARK}=1`;
    const message = { method: 'POST', headers: [['authorization', secret]], body } as const;
    return (await send(url, claimedLength === undefined ? message : { ...message, claimedLength })).status;
  };
  const events = ['user.lifecycle.deactivate', 'user.session.end'].map((type) => oktaEvent(type, ADA, MARKED));
  const body = JSON.stringify(envelope(events));

  assert.equal(await deliver(HOOK_SECRET, body), 204);
  assert.equal(await deliver(HOOK_SECRET, body), 204);
  assert.equal(await deliver(WRONG_SECRET, body), 401);
  assert.equal(await deliver(HOOK_SECRET, body.slice(0, -1)), 400);
  assert.equal(await deliver(HOOK_SECRET, `["${MARK}"]`), 400);
  assert.equal(await deliver(HOOK_SECRET, body, 1_048_577), 413);
  await service.untilState(ADA.login, 'completed');
  await proxy.cut();
  assert.equal(await deliver(HOOK_SECRET, body), 503);
  await proxy.mend();

  assert.ok(lines.length > 0);
  for (const needle of [HOOK_SECRET, WRONG_SECRET, MARK, OPERATOR_TOKEN, service.fastio.token]) {
    assert.deepEqual(await whereIs(databaseUrl, needle), [], needle);
    assert.deepEqual(
      lines.filter((line) => line.includes(needle)),
      [],
    );
  }
  assert.deepEqual(
    lines.filter((line) => line.includes(ADA.login)),
    [],
  );
  assert.deepEqual((await whereIs(databaseUrl, ADA.login)).includes('public.person'), true);
  await service.app.close();
});
