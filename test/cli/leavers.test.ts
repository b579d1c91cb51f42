import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLeavers } from '../../src/cli/bulk/leavers.ts';
import { CommandError } from '../../src/cli/exit.ts';

const about = { file: 'leavers.csv', reason: 'asked for' };

function read(text: string | Uint8Array) {
  return readLeavers(typeof text === 'string' ? new TextEncoder().encode(text) : text, about);
}

/** The lines of the refusal, without its head. */
function faultsOf(text: string | Uint8Array): string[] {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, 2);
    const [head, ...faults] = error.message.split('\n');
    assert.equal(head, 'Nothing was started, because leavers.csv cannot be taken as it is:');
    return faults.map((line) => line.trim());
  }
  throw new Error('the file was taken');
}

test('a file names people by their e-mail address, and where wanted what for and why', () => {
  assert.deepEqual(read('email,playbook,reason\nada@example.com,contain,"left, in a hurry"\ngrace@example.com,,\n'), [
    { line: 2, email: 'ada@example.com', playbook: 'contain', reason: 'left, in a hurry' },
    { line: 3, email: 'grace@example.com', playbook: 'offboard', reason: 'asked for' },
  ]);
});

const SPREADSHEETS: readonly (readonly [string, string])[] = [
  ['a byte order mark and Windows line ends', '\ufeffemail,reason\r\nada@example.com,x\r\n'],
  ['semicolons', 'email;reason\nada@example.com;x\n'],
  ['blanks, capitals in the first line, and columns in another order', ' Reason , EMAIL \n x , ada@example.com \n'],
  ['lines with nothing in them', '\nemail,reason\n\nada@example.com,x\n,\n\n'],
];

for (const [what, text] of SPREADSHEETS) {
  test(`a file as spreadsheets write it is taken: ${what}`, () => {
    assert.deepEqual(
      read(text).map(({ email, reason }) => [email, reason]),
      [['ada@example.com', 'x']],
    );
  });
}

const FAULTY: readonly (readonly [string, string, readonly string[]])[] = [
  ['an address that is none', 'email\nada\n', ['line 2, column email: "ada" is not an e-mail address']],
  ['nobody in a line', 'email,reason\n,left\n', ['line 2, column email: is empty']],
  [
    'a playbook that there is none of',
    'email,playbook\na@b.example,fire\n',
    ['line 2, column playbook: "fire" is neither offboard nor contain'],
  ],
  ['somebody twice', 'email\na@b.example\n\nA@B.example\n', ['line 4, column email: A@B.example stands in line 2 already']],
  [
    'a reason that is too long',
    `email,reason\na@b.example,${'x'.repeat(1_001)}\n`,
    ['line 2, column reason: is longer than 1000 characters'],
  ],
  [
    'a comma that makes one field too many',
    'email,reason\na@b.example,left, in a hurry\n',
    ['line 2: has 3 fields, and the first line 2; put text with commas in quotes'],
  ],
  [
    'a misspelt column',
    'email,playbok\na@b.example,contain\n',
    ['line 1, column playbok: is not known; the columns are email, playbook, reason'],
  ],
  ['a column twice', 'email,email\na@b.example,a@b.example\n', ['line 1, column email: stands there twice']],
  [
    'no first line',
    'a@b.example\n',
    [
      'line 1: names no column email; the columns are email, playbook, reason',
      'line 1, column a@b.example: is not known; the columns are email, playbook, reason',
      'line 1: is followed by nobody',
    ],
  ],
  ['nobody at all', 'email\n', ['line 1: is followed by nobody']],
  ['an empty file', '', ['line 1: names no column email; the columns are email, playbook, reason', 'line 1: is followed by nobody']],
  [
    'a quotation mark that is never closed',
    'email,reason\na@b.example,"left\nc@d.example,x\n',
    ['line 3, column reason: ends with a quotation mark that was opened and is never closed'],
  ],
  [
    'a quotation mark in the middle',
    'email,reason\na@b.example,the "big" one\n',
    ['line 2, column reason: has a quotation mark in the middle; put the whole field in quotes, and write the mark twice'],
  ],
  ['a text that steers the terminal', 'email\n\u001b[2J\n', ['line 2, column email: "·[2J" is not an e-mail address']],
];

for (const [what, text, faults] of FAULTY) {
  test(`a file is refused as a whole, naming line and column, for ${what}`, () => {
    assert.deepEqual(faultsOf(text), faults);
  });
}

test('everything that is wrong is named, in the order of the lines; of very much only the beginning', () => {
  const faults = faultsOf(`email\na@b.example\nA@b.example\n${'x\n'.repeat(30)}`);
  assert.equal(faults.length, 21);
  assert.match(faults[0] ?? '', /^line 3, .* stands in line 2 already$/);
  assert.match(faults[1] ?? '', /^line 4, column email: "x"/);
  assert.equal(faults[20], 'and 11 more');
});

test('a line after text that goes over several lines is counted as an editor counts it', () => {
  assert.deepEqual(faultsOf('email,reason\na@b.example,"one\ntwo"\nada,x\n'), ['line 4, column email: "ada" is not an e-mail address']);
  assert.equal(read('email,reason\n\na@b.example,"one\r\ntwo"\n')[0]?.line, 3);
});

test('a file that is no UTF-8 is refused, and how to save it is said', () => {
  const latin1 = new Uint8Array([...new TextEncoder().encode('email,reason\na@b.example,J'), 0xfc, 0x0a]);
  assert.deepEqual(faultsOf(latin1), ['line 1: is not text in UTF-8; save it as "CSV UTF-8"']);
});
