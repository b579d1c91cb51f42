import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/kernel/log.ts';
import { rows } from '../support/rows.ts';
import { type Body, SCIM_TOKEN, startScim } from './support/directory.ts';

const PASSWORD = '1mz050nq-never-to-be-seen';

test('a password is taken and is nowhere afterwards, and neither is a token', async (t) => {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', destination: { write: (line: string) => lines.push(line) } });
  const service = await startScim(t, { log });
  const seen: Body[] = [];
  const scim = async (method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await service.scim(method, path, { body });
    seen.push(answer.body);
    return answer.body;
  };

  const { id } = await scim('POST', '/Users', {
    userName: 'ada@example.com',
    password: PASSWORD,
    extra: { Password: PASSWORD, kept: 'yes' },
  });
  const path = `/Users/${String(id)}`;
  await scim('PUT', path, { userName: 'ada@example.com', PASSWORD, 'urn:acme:1.0:User': { password: PASSWORD } });
  await scim('PATCH', path, { Operations: [{ op: 'add', path: 'password', value: PASSWORD }] });
  await scim('PATCH', path, {
    Operations: [{ op: 'add', value: { 'urn:ietf:params:scim:schemas:core:2.0:User:password': PASSWORD, 'extra.password': PASSWORD } }],
  });
  await scim('PATCH', path, { Operations: [{ op: 'replace', path: 'active', value: PASSWORD }] });
  await scim('PATCH', path, {
    Operations: [{ op: 'add', path: 'emails[type eq "work"].password', value: PASSWORD }],
  });
  await scim('POST', '/Groups', { displayName: 'G', password: PASSWORD });
  await scim('POST', '/Users', `{"password":"${PASSWORD}","userName":`);
  await scim('GET', `/Users?attributes=password,userName`);
  await scim('GET', `/Users?filter=password eq "${PASSWORD}"`);
  await scim('PATCH', path, { Operations: [{ op: 'replace', path: 'active', value: false }] });

  const tables = await rows<{ name: string }>(
    service.databaseUrl,
    `select table_name as name from information_schema.tables where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`,
  );
  const contents = await Promise.all(
    tables.map(
      async ({ name }) => await rows(service.databaseUrl, `select * from ${name.includes('.') ? name : `"${name}"`}`).catch(() => []),
    ),
  );
  const kept = JSON.stringify(contents);
  assert.ok(kept.includes('ada@example.com'), 'what is stored was looked at');
  assert.ok(
    lines.some((line) => line.includes('scim.user.deactivated')),
    'and so was the log',
  );
  const answers = JSON.stringify(seen.filter((body) => body['scimType'] !== 'invalidFilter'));
  for (const [where, text] of [
    ['the database', kept],
    ['the log', lines.join('\n')],
    ['an answer', answers],
  ] as const) {
    assert.ok(!text.includes(PASSWORD), `the password is in ${where}`);
    assert.ok(!text.includes(SCIM_TOKEN), `the token is in ${where}`);
  }
});
