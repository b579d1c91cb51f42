import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createLog, type LogOptions } from '../../src/kernel/log.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { traced, traceId } from '../../src/kernel/trace.ts';
import { recordTraces } from '../telemetry/support.ts';

function capture(write: (log: ReturnType<typeof createLog>) => void, options: Omit<LogOptions, 'destination'> = {}): string[] {
  const lines: string[] = [];
  write(createLog({ ...options, destination: { write: (line) => void lines.push(line) } }));
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

  /** Ways in which an address comes into a line, and what is left of it. */
  const ADDRESSES: readonly (readonly [string, string])[] = [
    ['ada@example.com', '[e-mail]'],
    ['nothing is known of <Ada.Lovelace+x@sub.example.co.uk>.', 'nothing is known of <[e-mail]>.'],
    ['GET /api/v1/users/ada%40example.com?x=1', 'GET /api/v1/users/[e-mail]?x=1'],
    ['two: ada@example.com,bob@example.com', 'two: [e-mail],[e-mail]'],
    ['a line\nada@example.com\tand\\bob@example.com', 'a line\n[e-mail]\tand\\[e-mail]'],
    ['ümläut@exämple.de', '[e-mail]'],
    ['ada@localhost', '[e-mail]'],
    ['"ada@example.com"', '"[e-mail]"'],
    ['at file:///srv/node_modules/@fastify/helmet/index.js:1:2', 'at file:///srv/node_modules/@fastify/helmet/index.js:1:2'],
  ];
  for (const [text, left] of ADDRESSES) {
    test(`shows no address of a person from info on: ${JSON.stringify(text)}`, () => {
      const write = (log: ReturnType<typeof createLog>): void => {
        log.info({ reason: text, deep: [{ text }] }, text);
        log.error({ err: new Error(text) }, 'it failed');
      };
      const [info, error] = capture(write).map(
        (line) => JSON.parse(line) as { msg: string; reason: string; deep: unknown; err: { message: string } },
      );
      assert.deepEqual([info?.msg, info?.reason, info?.deep, error?.err.message], [left, left, [{ text: left }], left]);
    });
  }

  test('takes no time to look for addresses, however long a line is', () => {
    const started = performance.now();
    const [line = ''] = capture((log) => log.info(`${'a'.repeat(500_000)} ada@example.com`));
    assert.ok(line.endsWith('a [e-mail]"}\n'));
    assert.ok(performance.now() - started < 1_000);
  });

  test('shows addresses to whoever looks for a fault, and to everybody where it is set so', () => {
    const address = 'ada@example.com';
    assert.ok(capture((log) => log.debug(address), { level: 'debug' })[0]?.includes(address));
    assert.ok(capture((log) => log.error(address), { emails: 'always' })[0]?.includes(address));
    assert.ok(!capture((log) => log.child({ part: 'x' }).info(address))[0]?.includes(address));
  });

  test('has the id of the trace in every line that belongs to one', async (t) => {
    recordTraces(t);
    const lines: string[] = [];
    const log = createLog({ destination: { write: (line) => void lines.push(line) } });
    log.info('before');
    const id = await traced('x', {}, async () => {
      log.info('within');
      return traceId();
    });
    assert.match(id ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { traceId?: string }).traceId),
      [undefined, id],
    );
  });
});
