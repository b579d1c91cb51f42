import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { format, inspect } from 'node:util';
import { Secret } from '../../src/kernel/secret.ts';

const VALUE = 'hunter2-hunter2';

suite('a secret', () => {
  const shown: Readonly<Record<string, (secret: Secret) => string>> = {
    text: (secret) => String(secret),
    'part of a text': (secret) => `token ${secret}`,
    JSON: (secret) => JSON.stringify({ nested: [secret] }),
    'a print': (secret) => inspect({ nested: { secret } }, { depth: 9, showHidden: true }),
    'a formatted line': (secret) => format('%s %o %j %O', secret, secret, secret, secret),
    'a list of its members': (secret) => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret), { ...secret }]),
    'a copy': (secret) => inspect(structuredClone({ ...secret })),
    'an error': (secret) => inspect(new Error('no', { cause: secret })),
  };
  for (const [what, show] of Object.entries(shown)) {
    test(`is not shown in ${what}`, () => assert.ok(!show(new Secret(VALUE)).includes('hunter2')));
  }

  test('is revealed where it is asked for', () => assert.equal(new Secret(VALUE).reveal(), VALUE));
});
