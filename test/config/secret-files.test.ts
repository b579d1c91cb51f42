// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of the configuration

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FASTIO, faultsOf, folderWith, load } from './settings.ts';

const fromFile = (file: string): string => FASTIO.replace('a-token', `{ file: ${file} }`);

async function tokenIn(context: TestContext, content: string): Promise<string | undefined> {
  const folder = await folderWith(context, { token: content });
  const { targets } = await load(fromFile('./token'), {}, folder);
  return targets[0]?.token.reveal();
}

const CONTENTS: readonly (readonly [string, string, string])[] = [
  ['is taken as it stands', 'abc', 'abc'],
  ['loses the line end that editors add', 'abc\n', 'abc'],
  ['loses a Windows line end', 'abc\r\n', 'abc'],
  ['keeps the lines of a key', '-----BEGIN\nabc\n-----END\n', '-----BEGIN\nabc\n-----END'],
  ['is not filled in', '${HOME}', '${HOME}'],
];

for (const [promise, content, secret] of CONTENTS) {
  test(`a secret in a file ${promise}`, async (context) => assert.equal(await tokenIn(context, content), secret));
}

test('every secret can be kept in a file, the address of the database too', async (context) => {
  const folder = await folderWith(context, { url: 'postgresql://a:b@c/d\n', hook: 'hook' });
  const config = await load(
    'database: { url: { file: url } }\nconnections: [{ id: o, kind: okta, eventHook: { secrets: [{ file: hook }] } }]',
    {},
    folder,
  );
  const [okta] = config.connections;
  assert.ok(okta?.kind === 'okta');
  assert.deepEqual([config.database.url?.reveal(), okta.eventHook?.secrets[0]?.reveal()], ['postgresql://a:b@c/d', 'hook']);
});

test('the path of a secret may come out of a variable', async (context) => {
  const folder = await folderWith(context, { token: 'abc' });
  const { targets } = await load(fromFile('"${FOLDER}/token"'), { FOLDER: folder }, '/elsewhere');
  assert.equal(targets[0]?.token.reveal(), 'abc');
});

test('a file that gives no secret is the one fault of its setting', async (context) => {
  const folder = await folderWith(context, { empty: '\n\n', wrong: 'mysql://x' });
  await mkdir(join(folder, 'folder'));
  const cases: readonly (readonly [string, string])[] = [
    ['missing', `the file ${folder}/missing does not exist; create it, or correct the path`],
    ['empty', `the file ${folder}/empty is empty; write the secret into it`],
    ['folder', `the file ${folder}/folder cannot be read (EISDIR); let the service's user read it, or correct the path`],
    ['""', 'names no file; write the path of the file that holds the secret'],
  ];
  for (const [file, fault] of cases) {
    assert.deepEqual(await faultsOf(fromFile(file), {}, folder), [`targets[0].token (line 6): ${fault}`]);
  }
  const [fault] = await faultsOf('database: { url: { file: wrong } }', {}, folder);
  assert.match(fault ?? '', /^database\.url \(line 1\): is not a PostgreSQL URL/);
});

test('what is not a secret cannot be kept in a file', async (context) => {
  const folder = await folderWith(context, { host: 'localhost' });
  const [fault] = await faultsOf('server: { host: { file: host } }', {}, folder);
  assert.match(fault ?? '', /^server\.host \(line 1\): is not a host/);
});
