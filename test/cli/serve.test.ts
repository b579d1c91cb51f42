import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { freshDatabaseUrl } from '../support/database.ts';
import { settings, temporaryFolder } from '../support/service.ts';
import { operatorAt, runCommand, startCommand } from './command.ts';

test('serve runs the service until it is asked to stop', async (t) => {
  const dataDir = await temporaryFolder(t);
  const file = path.join(dataDir, 'leaver.yaml');
  const fastio = { url: 'http://127.0.0.1:9', token: 'x', orgId: '1' };
  await writeFile(file, stringify(settings({ dataDir, databaseUrl: await freshDatabaseUrl(t), fastio })));
  const serve = startCommand(t, ['serve'], { LEAVER_CONFIG: file });
  await serve.untilSaid('Leaver is ready');
  const url = /"url":"(http[^"]+)"/.exec(serve.output())?.[1] ?? '';
  assert.equal((await runCommand(t, ['cases'], operatorAt(url))).code, 0);
  serve.child.kill('SIGTERM');
  assert.equal((await serve.ended).code, 0);
});
