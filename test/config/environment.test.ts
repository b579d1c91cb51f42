import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { readEnvironment } from '../../src/config/config.ts';

test('without variables the defaults of the contract hold', () => {
  for (const env of [{}, { LEAVER_CONFIG: '', LEAVER_URL: '', LEAVER_TOKEN: '', CI: '', NO_COLOR: '' }]) {
    assert.deepEqual(readEnvironment(env), {
      configPath: './leaver.yaml',
      env,
      url: 'http://127.0.0.1:8080',
      token: null,
      isCi: false,
      noColor: false,
    });
  }
});

test('each variable says what it is named for', () => {
  const { configPath, url, token, isCi, noColor } = readEnvironment({
    LEAVER_CONFIG: '/etc/leaver.yaml',
    LEAVER_URL: 'https://leaver.example.com',
    LEAVER_TOKEN: 'marker',
    CI: '1',
    NO_COLOR: '1',
  });
  assert.deepEqual([configPath, url, isCi, noColor], ['/etc/leaver.yaml', 'https://leaver.example.com', true, true]);
  assert.equal(token?.reveal(), 'marker');
  assert.equal(inspect(token), '[redacted]');
});

test('a CI variable that says no is no', () => {
  for (const CI of ['false', 'FALSE', '0', 'no']) assert.equal(readEnvironment({ CI }).isCi, false);
});

test('the variables of the process are read when no others are given', () => {
  assert.equal(readEnvironment().env['PATH'], process.env['PATH']);
});
