import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import manifest from '../../package.json' with { type: 'json' };
import { CHANNELS } from '../../src/cli/demo/channels.ts';
import { operatorAt, runCommand } from './command.ts';

/** Something on a port that answers every request like this. */
async function answering(t: TestContext, status: number, body = '', headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const MISTAKES: readonly (readonly string[])[] = [
  [],
  ['leave'],
  ['show'],
  ['show', 'a', 'b'],
  ['doctor', 'fastio'],
  ['cases', '--colour'],
  ['cases', '--limit', '0'],
  ['cases', '--limit', 'many'],
  ['plan', 'a@example.com', '--playbook', 'reverse'],
  ['approve', 'some-id'],
  ['evidence', 'some-id'],
  ['token', 'new', '--role', 'root'],
  ['token', 'new', '--name', ' '],
  ['offboard', 'a@example.com', '--reason'],
  ['offboard', '--file', 'leavers.csv', '--yes', '0'],
  ['demo', '--provider', 'okta'],
];

for (const words of MISTAKES) {
  test(`"${['leaver', ...words].join(' ')}" is a mistake in its use: exit 2, and a hint`, async (t) => {
    const { code, stdout, stderr } = await runCommand(t, words, operatorAt('http://127.0.0.1:9'));
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /--help|Usage/);
  });
}

test('help and version are answers: exit 0 on the standard output', async (t) => {
  const help = await runCommand(t, ['--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /offboard .*\[email\]/);
  assert.doesNotMatch(help.stdout, /generate/);
  const version = await runCommand(t, ['--version']);
  assert.deepEqual(version, { code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('a channel that there is none of is a mistake in the use of the demo: exit 2, and the list; its help says what each is', async (t) => {
  const wrong = await runCommand(t, ['demo', '--channel', 'fax']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /'fax' is invalid\. Allowed choices are okta, scim, graph, ssf, universal-logout, webhook\./);
  const { code, stdout } = await runCommand(t, ['demo', '--help']);
  assert.equal(code, 0);
  for (const [name, { about }] of Object.entries(CHANNELS)) {
    assert.match(stdout, new RegExp(`\\n  ${name} +${about}\\n`));
  }
});

test('without a token nothing is sent: exit 2, and where to put one', async (t) => {
  const { code, stderr } = await runCommand(t, ['cases'], { LEAVER_URL: 'http://127.0.0.1:9' });
  assert.equal(code, 2);
  assert.match(stderr, /LEAVER_TOKEN/);
});

test('an address that is none is a mistake in its use: exit 2', async (t) => {
  const { code, stderr } = await runCommand(t, ['cases', '--url', 'leaver.example.com'], operatorAt(''));
  assert.equal(code, 2);
  assert.match(stderr, /"leaver\.example\.com" is not the address of a service/);
});

test('a service that does not listen: exit 75, naming the address and what to check', async (t) => {
  const url = await answering(t, 200);
  const closed = await runCommand(t, ['cases'], operatorAt('http://127.0.0.1:9999'));
  assert.equal(closed.code, 75);
  assert.match(closed.stderr, /Leaver cannot be reached at http:\/\/127\.0\.0\.1:9999 .*--url or LEAVER_URL/);
  assert.notEqual((await runCommand(t, ['cases'], operatorAt(url))).code, 75);
});

test('a proxy that has lost the service behind it: exit 75', async (t) => {
  const { code } = await runCommand(t, ['cases'], operatorAt(await answering(t, 502, '<h1>Bad Gateway</h1>')));
  assert.equal(code, 75);
});

test('something else on the port is not taken for Leaver: exit 1', async (t) => {
  for (const [status, body] of [
    [200, '<h1>It works!</h1>'],
    [200, '{}'],
    [404, 'not found'],
  ] as const) {
    const { code, stderr } = await runCommand(t, ['cases'], operatorAt(await answering(t, status, body)));
    assert.equal(code, 1);
    assert.match(stderr, /does not seem to be Leaver/);
  }
});

test('where the service has had too many requests, it is asked again after the time that it says', async (t) => {
  const answers = [429, 429, 200];
  const server = createServer((_request, response) =>
    response.writeHead(answers.shift() ?? 500, { 'retry-after': '0' }).end('{"items":[],"nextCursor":null}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  const { code, stdout } = await runCommand(t, ['cases'], operatorAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  assert.deepEqual([code, stdout, answers], [0, 'No cases.\n', []]);
});

test('a redirect is not followed, so the token goes nowhere else', async (t) => {
  const { promise: reached, resolve } = Promise.withResolvers<boolean>();
  const trap = createServer((_request, response) => {
    resolve(true);
    response.end('{"items":[],"nextCursor":null}');
  });
  await new Promise<void>((done) => trap.listen(0, '127.0.0.1', done));
  t.after(() => trap.close().closeAllConnections());
  const location = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/v1/cases`;
  const { code } = await runCommand(t, ['cases'], operatorAt(await answering(t, 302, '', { location })));
  assert.equal(code, 1);
  assert.equal(await Promise.race([reached, false]), false);
});
