// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of the configuration

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { interpolate, interpolateText, UNRESOLVED } from '../../src/config/interpolate.ts';
import { runs } from '../support/sweep.ts';
import { FASTIO, load } from './settings.ts';

const ENV = { NAME: 'value', EMPTY: '', NESTED: '${NAME}', _a1: 'low' };

const FILLED: readonly (readonly [string, string])[] = [
  ['${NAME}', 'value'],
  ['a-${NAME}-${_a1}-b', 'a-value-low-b'],
  ['${EMPTY}', ''],
  ['${EMPTY:-default}', 'default'],
  ['${UNSET:-default}', 'default'],
  ['${NAME:-default}', 'value'],
  ['${UNSET:-}', ''],
  ['${UNSET:-https://example.com/:-$x}', 'https://example.com/:-$x'],
  ['${NESTED}', '${NAME}'],
  ['$${NAME}', '${NAME}'],
  ['$${NAME} ${NAME}', '${NAME} value'],
  ['$NAME $$ $ } {NAME}', '$NAME $$ $ } {NAME}'],
];

for (const [text, expected] of FILLED) {
  test(`'${text}' becomes '${expected}'`, () => {
    const { text: filled, problem } = interpolateText(text, ENV);
    assert.deepEqual({ filled, problem }, { filled: expected, problem: undefined });
  });
}

const NOT_FILLED: readonly (readonly [string, RegExp])[] = [
  ['${UNSET}', /^the environment variable UNSET is not set; set it, or write \$\{UNSET:-default\}$/],
  ['${UNSET}${OTHER}', /^the environment variables UNSET, OTHER are not set/],
  ['${constructor}', /constructor is not set/],
  ['${}', /placeholder that is not understood/],
  ['${NAME', /placeholder that is not understood/],
  ['${NAME-x}', /placeholder that is not understood/],
  ['${NAME:?x}', /placeholder that is not understood/],
  ['${1NAME}', /placeholder that is not understood/],
];

for (const [text, problem] of NOT_FILLED) {
  test(`'${text}' cannot be filled in`, () => assert.match(interpolateText(text, ENV).problem ?? '', problem));
}

test('values are filled in wherever they stand, keys are not', () => {
  const { value, faults, origins } = interpolate({ '${NAME}': ['${NAME}', { a: '${UNSET}', n: 1, b: true, z: null }] }, ENV);
  assert.deepEqual(value, { '${NAME}': ['value', { a: UNRESOLVED, n: 1, b: true, z: null }] });
  assert.deepEqual(
    faults.map(({ path }) => path),
    [['${NAME}', 1, 'a']],
  );
  assert.deepEqual([...origins.values()], [['NAME'], ['UNSET']]);
});

test('a number and a yes or no may come out of a variable', async () => {
  const { server } = await load('server: { port: "${PORT}", trustProxy: "${TRUST:-true}" }', { PORT: '9090' });
  assert.deepEqual([server.port, server.trustProxy], [9090, true]);
});

test('a comment may hold any placeholder', async () => {
  assert.equal((await load('# ${NOT_SET} ${\ndataDir: /x')).dataDir, '/x');
});

test('a variable cannot change the structure of the file', async () => {
  const { targets } = await load(FASTIO.replace('a-token', '"${TOKEN}"'), { TOKEN: 'x", orgId: other #' });
  assert.ok(targets[0]?.kind === 'fastio');
  assert.equal(targets[0].token.reveal(), 'x", orgId: other #');
  assert.equal(targets[0].orgId, 'org-1');
});

test('filling in never throws, and leaves text without an opening alone', () => {
  const fragment = fc.constantFrom('$', '{', '}', '${', '$${', ':-', 'NAME', 'EMPTY', 'UNSET', ' ', '-');
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragment).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.dictionary(fc.string(), fc.string()), (input, env) => {
      const { text: filled } = interpolateText(input, { ...env, ...ENV });
      if (!input.includes('${')) assert.equal(filled, input);
    }),
    runs(),
  );
});

test('filling in never throws on a tree, and leaves one without openings alone', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (tree) => {
      const { value, faults } = interpolate(tree, ENV);
      if (!JSON.stringify(tree).includes('${')) assert.deepEqual({ value, faults }, { value: tree, faults: [] });
    }),
    runs(),
  );
});
