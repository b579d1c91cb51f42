import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';
import { runCommand } from './command.ts';

function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

test('token new prints a token once, and a line of configuration whose hash is the hash of that token', async (t) => {
  const { code, stdout } = await runCommand(t, ['token', 'new', '--name', 'it: "desk"', '--role', 'viewer']);
  assert.equal(code, 0);
  const [token = '', ...more] = stdout.match(/leaver_[\w-]+/g) ?? [];
  assert.equal(token.length, 'leaver_'.length + 43);
  assert.deepEqual(more, []);
  const line = stdout.split('\n').find((one) => one.trim().startsWith('- ')) ?? '';
  const { operators } = await parseConfig({ text: `operators:\n  tokens:\n  ${line}\n`, path: 'leaver.yaml', env: {} });
  assert.deepEqual(operators.tokens, [{ name: 'it: "desk"', role: 'viewer', sha256: sha256(token) }]);
});

test('token new --json is for scripts, and no two tokens are the same', async (t) => {
  const make = async () => JSON.parse((await runCommand(t, ['token', 'new', '--json'])).stdout) as Record<string, string>;
  const [one, two] = [await make(), await make()];
  assert.deepEqual(one, { token: one['token'], name: 'operator', role: 'operator', sha256: sha256(one['token'] ?? '') });
  assert.notEqual(one['token'], two['token']);
});
