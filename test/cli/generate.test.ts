import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/service.ts';
import { runCommand } from './command.ts';

test('generate writes the description of every public route and of every setting, and --check notices when one is not what the code says', async (t) => {
  const folder = await temporaryFolder(t);
  const [api, settings] = [path.join(folder, 'openapi.yaml'), path.join(folder, 'docs', 'configuration.md')];
  assert.equal((await runCommand(t, ['generate', '--folder', folder])).code, 0);
  assert.deepEqual(await runCommand(t, ['generate', '--check', '--folder', folder]), { code: 0, stdout: '', stderr: '' });

  const { paths } = parse(await readFile(api, 'utf8')) as { paths: Record<string, object> };
  for (const route of ['/intake/okta/{connection}/events', '/v1/cases', '/v1/cases/{id}/evidence', '/v1/targets', '/readyz']) {
    assert.ok(route in paths, route);
  }

  await appendFile(settings, 'by hand\n');
  const stale = await runCommand(t, ['generate', '--check', '--folder', folder]);
  assert.deepEqual(stale, { code: 1, stdout: '', stderr: 'docs/configuration.md is out of date: run npm run generate\n' });
  await appendFile(api, '# by hand\n');
  const both = await runCommand(t, ['generate', '--check', '--folder', folder]);
  assert.deepEqual(both, { code: 1, stdout: '', stderr: 'openapi.yaml and docs/configuration.md are out of date: run npm run generate\n' });
});
