import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../support/service.ts';
import { runCommand } from './command.ts';

async function configured(t: TestContext, text: string): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'leaver.yaml');
  await writeFile(file, text);
  return file;
}

const GOOD = `
operators:
  tokens: [ { name: it-desk, role: operator, sha256: "${'0'.repeat(64)}" } ]
connections:
  - { id: okta-main, kind: okta, eventHook: { secrets: ["\${OKTA_HOOK_SECRET}"] } }
targets:
  - { id: fastio, kind: fastio, baseUrl: "https://fastio.example.com", token: top-secret, orgId: "1", fallbackOwnerId: "2" }
`;

test('config check says that a good file is in order: exit 0', async (t) => {
  const file = await configured(t, GOOD);
  const result = await runCommand(t, ['config', 'check', '--config', file], { OKTA_HOOK_SECRET: 'hush' });
  assert.deepEqual(result, { code: 0, stdout: `The configuration ${file} is in order.\n`, stderr: '' });
});

test('config check names every fault at once, reads LEAVER_CONFIG, and exits 78', async (t) => {
  const file = await configured(t, `${GOOD.replace('role: operator', 'role: boss')}serve: {}\npolicy: { graceSeconds: -1 }\n`);
  const { code, stdout, stderr } = await runCommand(t, ['config', 'check'], { LEAVER_CONFIG: file });
  assert.equal(code, 78);
  assert.equal(stdout, '');
  assert.ok(stderr.startsWith(`The configuration ${file} has 4 faults:\n`), stderr);
  for (const place of ['operators.tokens[0].role', 'connections[0].eventHook.secrets[0]', 'serve', 'policy.graceSeconds']) {
    assert.ok(stderr.includes(`  ${place} (line `), place);
  }
});

test('config check warns of what will not happen, and knows each kind of target', async (t) => {
  const live = '  - { id: live, kind: fastio-live, baseUrl: "https://live.example.com", token: x, orgId: "1", fallbackOwnerId: "2" }\n';
  const graph = '{ clientState: s, tenantId: acme.example.com, clientId: c, clientSecret: s }';
  const entra = `connections: [ { id: entra-main, kind: entra, graph: ${graph} } ]\n`;
  const file = await configured(t, entra + GOOD.replace(/connections:\n.*\n/, '') + live);
  const { code, stderr } = await runCommand(t, ['config', 'check', '--config', file]);
  assert.match(stderr, /^Warning: connections\[0\] \(entra-main\): /);
  assert.equal(code, 0);
});

test('config check reads the templates too: exit 78', async (t) => {
  const file = await configured(t, `${GOOD}notifications: { templatesDir: words }\n`);
  const folder = path.join(path.dirname(file), 'words');
  await mkdir(folder);
  await writeFile(path.join(folder, 'case.held.txt'), 'Subject: {{persson}}\n');
  const { code, stderr } = await runCommand(t, ['config', 'check', '--config', file], { OKTA_HOOK_SECRET: 'hush' });
  assert.equal(code, 78);
  assert.match(
    stderr,
    /^The templates in .*\/words \(notifications\.templatesDir\) are not in order:\n {2}case\.held\.txt: names \{\{persson\}\}/,
  );
});

test('config print shows defaults and no secret', async (t) => {
  const file = await configured(t, GOOD);
  const { code, stdout } = await runCommand(t, ['config', 'print', '--config', file], { OKTA_HOOK_SECRET: 'hush' });
  assert.equal(code, 0);
  assert.match(stdout, /graceSeconds: 0/);
  assert.match(stdout, /id: okta-main/);
  assert.doesNotMatch(stdout, /hush|top-secret/);
});

test('a configuration that is not there is exit 78 and named', async (t) => {
  const file = path.join(await temporaryFolder(t), 'nowhere.yaml');
  for (const words of [['config', 'check'], ['config', 'print'], ['serve']]) {
    const { code, stderr } = await runCommand(t, words, { LEAVER_CONFIG: file });
    assert.equal(code, 78);
    assert.ok(stderr.includes(file));
  }
});
