import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { ADMIN_TOKEN, openRecord, someoneLeft } from '../retention/support.ts';
import { temporaryFolder } from '../support/service.ts';
import { operatorAt, runCommand } from './command.ts';

const LEAVER = 'ada@example.com';

async function open(t: TestContext) {
  const record = await openRecord(t);
  const id = await someoneLeft(record, LEAVER);
  const folder = await temporaryFolder(t);
  const env = operatorAt(record.service.url);
  const at = (name: string): string => path.join(folder, name);
  const keys = at('jwks.json');
  await writeFile(keys, await (await fetch(`${record.service.url}/.well-known/jwks.json`)).text());
  return { ...record, id, at, keys, env, admin: { ...env, LEAVER_TOKEN: ADMIN_TOKEN } };
}

test('a checkpoint that is kept shows later that nothing was taken from the ledger, without the service', async (t) => {
  const { service, id, at, keys, env } = await open(t);
  const kept = await runCommand(t, ['checkpoint', '-o', at('kept.json')], env);
  assert.equal(kept.code, 0, kept.stderr);
  assert.match(kept.stderr, /Keep it where the service cannot reach it/);
  assert.equal((await stat(at('kept.json'))).mode & 0o077, 0);
  await service.okta.deactivate({ id: '00u2', login: 'bob@example.com' });
  await runCommand(t, ['checkpoint', '-o', at('later.json'), '--since', at('kept.json')], env);
  await runCommand(t, ['evidence', id, '-o', at('evidence.json'), '--since', at('kept.json')], env);
  await service.app.close();

  const { size } = (JSON.parse(await readFile(at('kept.json'), 'utf8')) as { statement: { size: number } }).statement;
  for (const name of ['later.json', 'evidence.json']) {
    const verified = await runCommand(t, ['verify', at(name), '--key', keys, '--checkpoint', at('kept.json')]);
    assert.equal(verified.code, 0, verified.stderr);
    assert.match(verified.stdout, new RegExp(`Nothing was taken from it or changed since the checkpoint of ${size} entries`));
  }
  await writeFile(at('forged.json'), (await readFile(at('kept.json'), 'utf8')).replace(`"size":${size}`, `"size":${size + 1}`));
  const forged = await runCommand(t, ['verify', at('later.json'), '--checkpoint', at('forged.json')]);
  assert.equal(forged.code, 4);
  assert.match(forged.stderr, /forged\.json does not verify: what the file shows of the checkpoint is not what was signed/);
});

test('erase forgets a person, says what it came to, and is for administrators', async (t) => {
  const { service, id, env, admin, at, keys } = await open(t);
  const refused = await runCommand(t, ['erase', LEAVER], env);
  assert.equal(refused.code, 1);
  const erased = await runCommand(t, ['erase', LEAVER], admin);
  assert.equal(erased.code, 0, erased.stderr);
  assert.match(erased.stdout, /^Erased\. 1 cases and 1 signals are about nobody now/);
  assert.equal((await runCommand(t, ['erase', LEAVER], admin)).code, 3);
  await runCommand(t, ['evidence', id, '-o', at('evidence.json')], env);
  const verified = await runCommand(t, ['verify', at('evidence.json'), '--key', keys]);
  assert.equal(verified.code, 0, verified.stderr);
  assert.match(verified.stdout, /of somebody who was erased, which is completed/);
  assert.equal(await service.caseOf(LEAVER), null);
});

test('key rotate signs with a new key, and what was signed with the old one verifies with both', async (t) => {
  const { service, id, env, admin, at } = await open(t);
  await runCommand(t, ['evidence', id, '-o', at('before.json')], env);
  const rotated = await runCommand(t, ['key', 'rotate', '--reason', 'yearly', '--json'], admin);
  assert.equal(rotated.code, 0, rotated.stderr);
  const { from, to } = JSON.parse(rotated.stdout) as { from: string; to: string };
  await runCommand(t, ['evidence', id, '-o', at('after.json')], env);
  await writeFile(at('both.json'), JSON.stringify((await service.call('GET', '/.well-known/jwks.json')).body));
  for (const [name, kid] of [
    ['before.json', from],
    ['after.json', to],
  ] as const) {
    const verified = await runCommand(t, ['verify', at(name), '--key', at('both.json'), '--json']);
    assert.equal(verified.code, 0, verified.stderr);
    assert.equal((JSON.parse(verified.stdout) as { kid: string }).kid, kid);
  }
});
