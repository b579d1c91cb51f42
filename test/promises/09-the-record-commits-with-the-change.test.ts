import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import pg from 'pg';
import { createLog } from '../../src/kernel/log.ts';
import { HOOK_SECRET, OPERATOR_TOKEN, startService, VIEWER_TOKEN } from '../support/service.ts';

const EMAIL = 'ada.leaver@example.com';

/** Everything that the database holds, as text. */
async function dump(url: string): Promise<{ all: string; ledger: { kind: string; body: string }[] }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'",
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      texts.push(JSON.stringify((await client.query(`select row_to_json(t)::text from ${name} t`)).rows));
    }
    const { rows: ledger } = await client.query<{ kind: string; body: string }>('select kind, body from ledger_entry order by id');
    return { all: texts.join('\n'), ledger };
  } finally {
    await client.end();
  }
}

test('the record commits with the change: every state that is shown has its entry, and no secret is anywhere', async (t) => {
  let printed = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      printed += chunk.toString('utf8');
      done();
    },
  });
  const { fastio, okta, untilState, databaseUrl } = await startService(t, { log: createLog({ level: 'trace', destination }) });
  const leaver = fastio.scenario.addUser({ email: EMAIL, sessions: 1, tokens: 1 });
  fastio.expectLeaver(leaver.id);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  fastio.fail('suspend', { status: 503, body: 'html' }, { times: 3 });
  await okta.deactivate({ id: '00u1', login: EMAIL }, { secret: 'not-the-secret-but-near-it' });
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const done = await untilState(EMAIL, 'completed');

  const { all, ledger } = await dump(databaseUrl);
  const entries = ledger.map(({ body }) => JSON.parse(body) as { kind: string; data: Record<string, unknown> });
  for (const step of done.steps) {
    const own = entries.filter(({ data }) => data['step'] === step.id);
    assert.equal(own.filter(({ kind }) => kind === 'step.started').length, step.attempts, step.action);
    assert.equal(own.filter(({ kind }) => kind === 'step.finished').length, 1, step.action);
  }
  const states = entries.filter(({ kind }) => kind === 'case.state').map(({ data }) => [data['from'], data['to']]);
  assert.equal(states.at(-1)?.[1], 'completed');
  states.forEach(([from], index) => {
    assert.equal(from, index === 0 ? 'running' : states[index - 1]?.[1], 'each change begins where the one before ended');
  });
  assert.ok(!ledger.some(({ body }) => body.includes(EMAIL)), 'the ledger names nobody');
  for (const secret of [HOOK_SECRET, OPERATOR_TOKEN, VIEWER_TOKEN, fastio.token, 'not-the-secret-but-near-it']) {
    assert.ok(!all.includes(secret), 'no secret is in the database');
    assert.ok(!printed.includes(secret), 'no secret is in the log');
  }
  assert.ok(printed.includes('step ended'), 'the log was read at all');
});
