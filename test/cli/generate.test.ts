import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/service.ts';
import { runCommand } from './command.ts';

test('generate writes the description of every public route, and --check notices when it is not what the code says', async (t) => {
  const file = path.join(await temporaryFolder(t), 'openapi.yaml');
  assert.equal((await runCommand(t, ['generate', '--file', file])).code, 0);
  assert.deepEqual(await runCommand(t, ['generate', '--check', '--file', file]), { code: 0, stdout: '', stderr: '' });

  const { paths } = parse(await readFile(file, 'utf8')) as { paths: Record<string, object> };
  for (const route of ['/intake/okta/{connection}/events', '/v1/cases', '/v1/cases/{id}/evidence', '/v1/targets', '/readyz']) {
    assert.ok(route in paths, route);
  }

  await appendFile(file, '# by hand\n');
  const stale = await runCommand(t, ['generate', '--check', '--file', file]);
  assert.deepEqual(stale, { code: 1, stdout: '', stderr: 'openapi.yaml is out of date: run npm run generate\n' });
});
