import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { type Asking, confirm, expectConfirmation } from '../../src/cli/bulk/confirm.ts';

/** A terminal on which this is typed; `null` is the end of the input. */
function terminal(typed: string | null): Asking & { shown(): string } {
  const [input, output] = [new PassThrough(), new PassThrough()].map((stream) => Object.assign(stream, { isTTY: true })) as [
    PassThrough & { isTTY: boolean },
    PassThrough & { isTTY: boolean },
  ];
  if (typed === null) {
    input.end();
  } else {
    input.write(`${typed}\n`);
  }
  return { input, output, shown: () => String(output.read() ?? '') };
}

const twelve = { file: 'leavers.csv', named: 12, yes: undefined };

test('people are started when exactly what was asked for is typed: the number of those who would be started', async () => {
  const screen = terminal('offboard 7');
  await confirm(twelve, 7, screen);
  assert.match(screen.shown(), /To start 7 people, type "offboard 7": /);
});

for (const typed of ['', 'y', 'yes', 'offboard', 'offboard 12', 'offboard 70', null]) {
  test(`nobody is started when ${typed === null ? 'the input ends' : `"${typed}" is typed`}`, async () => {
    await assert.rejects(confirm(twelve, 7, terminal(typed)), { exitCode: 1, message: 'Nothing was started: "offboard 7" was not typed.' });
  });
}

test('with --yes nobody is asked, and a number that is not that of the people in the file is refused', async () => {
  const silent = terminal(null);
  await confirm({ ...twelve, yes: 12 }, 7, silent);
  expectConfirmation({ ...twelve, yes: 12 }, silent);
  assert.equal(silent.shown(), '');
  assert.throws(() => expectConfirmation({ ...twelve, yes: 11 }, silent), {
    exitCode: 2,
    message: /names 12 people, and not 11, as --yes says/,
  });
});

test('where nobody can type, it is refused before anything is looked up, and what to write is said', () => {
  const { input, output } = terminal(null);
  for (const asking of [
    { input: new PassThrough(), output },
    { input, output: new PassThrough() },
  ]) {
    assert.throws(() => expectConfirmation(twelve, asking), {
      exitCode: 2,
      message: /no terminal .* write --yes 12, the number of people/,
    });
  }
});
