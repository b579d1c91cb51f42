import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ArchiveFiles, packArchive, unpackArchive } from '../../src/ledger/archive.ts';
import { startService, temporaryFolder, VIEWER_TOKEN } from '../support/service.ts';
import { operatorAt, runCommand } from './command.ts';

/** Evidence that was downloaded with the command, and the published keys beside it. */
async function download(t: TestContext) {
  const service = await startService(t);
  service.fastio.scenario.addUser({ email: 'ada@example.com', sessions: 1 });
  await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'ada@example.com' });
  const { id } = await service.untilState('ada@example.com', 'completed');
  const folder = await temporaryFolder(t);
  const [file, keys] = [path.join(folder, 'evidence.json'), path.join(folder, 'jwks.json')];
  const env = operatorAt(service.url);
  const result = await runCommand(t, ['evidence', id, '-o', file], env);
  await writeFile(keys, await (await fetch(`${service.url}/.well-known/jwks.json`)).text());
  return { service, id, folder, file, keys, env, result };
}

test('evidence verifies offline, against the published keys, and after the service is gone', async (t) => {
  const { service, id, file, keys, result } = await download(t);
  assert.equal(result.code, 0);
  assert.equal((await stat(file)).mode & 0o077, 0);
  await service.app.close();

  const trusted = await runCommand(t, ['verify', file, '--key', keys]);
  assert.equal(trusted.code, 0, trusted.stderr);
  assert.match(trusted.stdout, new RegExp(`It verifies: \\d+ entries of the case ${id} of ada@example.com, which is completed`));
  assert.match(trusted.stdout, /Signed with the trusted key /);
  assert.doesNotMatch(trusted.stdout, /origin/);

  const alone = await runCommand(t, ['verify', file]);
  assert.equal(alone.code, 0);
  assert.match(alone.stdout, /Integrity was proven, but not origin/);

  const verdict = JSON.parse((await runCommand(t, ['verify', file, '--json'])).stdout) as Record<string, unknown>;
  assert.deepEqual(
    { ok: verdict['ok'], originProven: verdict['originProven'], caseId: verdict['caseId'] },
    { ok: true, originProven: false, caseId: id },
  );
});

test('whatever was changed, verify exits 4 and names it', async (t) => {
  const { folder, file, keys } = await download(t);
  const genuine = await readFile(file, 'utf8');
  const other = '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"other"}]}';
  const otherKeys = path.join(folder, 'other.json');
  await writeFile(otherKeys, other);
  const changes: readonly [string, string, RegExp][] = [
    [
      'a recorded outcome',
      genuine.replace(/("kind":"step\.finished".*?"outcome":")verified/, '$1already-absent'),
      /does not verify: entry \d+ /,
    ],
    ['the person', genuine.replaceAll('"person":{"email":"ada@', '"person":{"email":"bob@'), /was not opened for bob@example\.com/],
    ['the time of the export', genuine.replace(/"madeAt":"20/, '"madeAt":"21'), /something in the bundle was changed/],
    ['its end', genuine.slice(0, -2), /is not JSON/],
    ['its form', '{}', /is not an evidence bundle/],
  ];
  for (const [what, text, problem] of changes) {
    const tampered = path.join(folder, 'tampered.json');
    assert.notEqual(text, genuine, what);
    await writeFile(tampered, text);
    const { code, stderr, stdout } = await runCommand(t, ['verify', tampered, '--key', keys]);
    assert.equal(code, 4, what);
    assert.match(stderr, problem, what);
    assert.equal(stdout, '');
  }
  const foreign = await runCommand(t, ['verify', file, '--key', otherKeys, '--json']);
  assert.equal(foreign.code, 4);
  assert.match(foreign.stderr, /not among the trusted ones/);
  assert.equal((JSON.parse(foreign.stdout) as { ok: boolean }).ok, false);
});

test('evidence goes to the standard output too, and the evidence of no case is exit 3 and no file', async (t) => {
  const { id, env, file, folder } = await download(t);
  const piped = await runCommand(t, ['evidence', id, '-o', '-'], env);
  assert.equal(piped.code, 0);
  assert.equal(piped.stderr, '');
  const format = (text: string): unknown => (JSON.parse(text) as { format: string }).format;
  assert.equal(format(piped.stdout), format(await readFile(file, 'utf8')));

  const missing = path.join(folder, 'missing.json');
  const none = await runCommand(t, ['evidence', '00000000-0000-4000-8000-000000000000', '-o', missing], env);
  assert.equal(none.code, 3);
  await assert.rejects(stat(missing), { code: 'ENOENT' });
  assert.equal((await runCommand(t, ['evidence', id, '-o', path.join(folder, 'no', 'folder')], env)).code, 1);
});

test('an archive is checked like a bundle, page included; the page alone proves nothing', async (t) => {
  const { service, id, env, folder, keys } = await download(t);
  const [archive, page] = [path.join(folder, 'case.ZIP'), path.join(folder, 'case.html')];
  const told = await runCommand(t, ['evidence', id, '-o', archive], env);
  assert.deepEqual([told.code, (await stat(archive)).mode & 0o077], [0, 0], told.stderr);
  assert.match(
    (await runCommand(t, ['verify', archive, '--key', keys])).stdout,
    new RegExp(`entries of the case ${id} of ada@example.com`),
  );

  const bytes = await readFile(archive);
  await writeFile(archive, packWith(bytes, { 'summary.html': '<p>All is well.</p>' }));
  const changed = await runCommand(t, ['verify', archive, '--key', keys]);
  assert.deepEqual([changed.code, changed.stdout], [4, '']);
  assert.match(changed.stderr, /does not verify: summary\.html in the ZIP file was changed since it was signed/);

  assert.match((await runCommand(t, ['evidence', id, '-o', page], env)).stderr, /It is for reading/);
  assert.match(await readFile(page, 'utf8'), /^<!doctype html>.*Departure of/s);
  const alone = await runCommand(t, ['verify', page]);
  assert.equal(alone.code, 4);
  assert.match(alone.stderr, /it is a page for people, which proves nothing by itself/);

  const ask = async (query: string, accept: string) => {
    const headers = { authorization: `Bearer ${VIEWER_TOKEN}`, accept };
    const answer = await fetch(`${service.url}/v1/cases/${id}/evidence${query}`, { headers });
    await answer.bytes();
    return [answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')?.split(';')[0]];
  };
  assert.deepEqual(await ask('', 'text/html,*/*;q=0.8'), [200, 'text/html; charset=utf-8', 'inline']);
  assert.deepEqual(await ask('?format=zip', 'text/html'), [200, 'application/zip', 'attachment']);
  assert.deepEqual(await ask('', '*/*'), [200, 'application/json; charset=utf-8', 'attachment']);
  assert.equal((await ask('?format=pdf', '*/*'))[0], 400);
});

/** The same archive with other files in it. */
function packWith(bytes: Uint8Array, changes: ArchiveFiles): Uint8Array {
  const unpacked = unpackArchive(bytes);
  assert.ok('files' in unpacked);
  return packArchive({ ...unpacked.files, ...changes }, new Date());
}

test('a file that is not there is exit 3, keys that are none are exit 2', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'evidence.json');
  const missing = await runCommand(t, ['verify', file]);
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /There is no file .*evidence\.json/);
  await writeFile(file, '{}');
  const keys = await runCommand(t, ['verify', file, '--key', file]);
  assert.equal(keys.code, 2);
  assert.match(keys.stderr, /is not a key set.*\/\.well-known\/jwks\.json/);
});
