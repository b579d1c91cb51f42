import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { recordedSignals } from '../intake/support/recorded.ts';
import { AUDIENCE, connectionTo, startTestTransmitter } from '../intake/support/transmitter.ts';
import { eventually } from '../support/eventually.ts';
import { startService, temporaryFolder } from '../support/service.ts';
import { runCommand } from './command.ts';

const TOKEN = 'the-token-of-the-transmitter';

async function configured(t: TestContext, connection: Record<string, unknown>, publicUrl: string): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'leaver.yaml');
  await writeFile(file, stringify({ server: { publicUrl }, connections: [connection] }));
  return file;
}

test('ssf connect makes a stream to the running service, whose verification arrives there', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const connection = connectionTo(transmitter, { bearer: ['Bearer of-the-stream'], management: { token: TOKEN } });
  const service = await startService(t, { config: { connections: [connection] } });
  const file = await configured(t, connection, service.url);
  const { code, stdout, stderr } = await runCommand(t, ['ssf', 'connect', 'signals', '--config', file]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^The stream \S+ of http\S+ was created\.\nIts tokens are pushed to http\S+\/intake\/ssf\/signals\/events\nIt sends account-disabled,/,
  );
  const [, state = ''] = /with the state (\S+)/.exec(stdout) ?? [];
  assert.match(state, /^[\w-]{22}$/);
  const signal = await eventually('the verification is recorded', async () => (await recordedSignals(service))[0]);
  assert.deepEqual([signal.disposition, signal.reason], ['ignored', `the stream was verified (state ${state})`]);
  assert.doesNotMatch(stdout, /of-the-stream|the-token-of/);
  const again = await runCommand(t, ['ssf', 'connect', 'signals', '--json'], { LEAVER_CONFIG: file });
  assert.deepEqual([again.code, JSON.parse(again.stdout).did, transmitter.streams.all().length], [0, 'updated', 1]);
});

test('ssf connect --poll tells where to fetch', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const file = await configured(t, connectionTo(transmitter, { management: { token: TOKEN } }), 'http://127.0.0.1:9');
  const { code, stdout } = await runCommand(t, ['ssf', 'connect', 'signals', '--poll', '--config', file]);
  assert.equal(code, 0);
  assert.match(stdout, /Its tokens are fetched from http\S+\/poll\n/);
  assert.match(stdout, /Warning: It is polled at http\S+\/poll: write that as poll\.url/);
});

test('ssf connect ends with what is wrong: 3 without such a connection, 78 without a token, 75 when nobody is there', async (t) => {
  const nobody = { issuer: 'http://127.0.0.1:9', jwksUri: 'http://127.0.0.1:9/jwks.json', id: 'signals', kind: 'ssf', audience: AUDIENCE };
  const bare = await configured(t, nobody, 'http://127.0.0.1:9');
  const missing = await runCommand(t, ['ssf', 'connect', 'other', '--config', bare]);
  assert.deepEqual([missing.code, /no connection other of the kind ssf; it has signals/.test(missing.stderr)], [3, true]);
  const without = await runCommand(t, ['ssf', 'connect', 'signals', '--config', bare]);
  assert.deepEqual([without.code, /management: \{ token/.test(without.stderr)], [78, true]);
  const file = await configured(t, { ...nobody, management: { token: TOKEN } }, 'http://127.0.0.1:9');
  const away = await runCommand(t, ['ssf', 'connect', 'signals', '--config', file]);
  assert.deepEqual([away.code, away.stdout], [75, '']);
  assert.match(away.stderr, /The transmitter cannot be reached at http:\/\/127\.0\.0\.1:9\//);
});
