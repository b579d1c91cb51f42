import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createLog } from '../../src/kernel/log.ts';
import { Secret } from '../../src/kernel/secret.ts';

function capture(write: (log: ReturnType<typeof createLog>) => void, level = 'info'): string[] {
  const lines: string[] = [];
  write(createLog({ level, destination: { write: (line) => void lines.push(line) } }));
  return lines;
}

suite('the log', () => {
  for (const name of ['authorization', 'token', 'secret', 'secrets', 'password', 'cookie']) {
    test(`takes out ${name}, wherever it stands`, () => {
      const value = 'hunter2';
      const [line = ''] = capture((log) =>
        log.info({ [name]: value, headers: { [name]: value }, request: { headers: { [name]: [value] } } }, 'x'),
      );
      assert.ok(!line.includes(value) && line.includes('[redacted]'));
    });
  }

  test('takes out what is a secret by its type', () => {
    const [line = ''] = capture((log) => log.info({ connection: new Secret('hunter2') }, 'x'));
    assert.ok(!line.includes('hunter2'));
  });

  test('writes one line of JSON a fact, and nothing below its level', () => {
    const lines = capture((log) => {
      log.debug('not this');
      log.info({ step: 's1' }, 'a step\nended');
    });
    assert.equal(lines.length, 1);
    const { step, msg } = JSON.parse(lines[0] ?? '') as { step: string; msg: string };
    assert.deepEqual([step, msg], ['s1', 'a step\nended']);
  });
});
