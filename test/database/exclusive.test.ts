import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { createExclusive, type Exclusively } from '../../src/database/exclusive.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { freshDatabase, freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { undo } from '../support/undo.ts';

/** How often somebody waited for a lock, or to begin again. */
let pauses = 0;

/** Pauses take no more than a moment here. */
const clock: Clock = {
  ...systemClock,
  sleep: async (ms, signal) => {
    pauses += 1;
    await systemClock.sleep(Math.min(ms, 20), signal);
  },
};
const log = createLog({ level: 'silent' });

interface Worker {
  readonly isWorking: () => boolean;
  stop(): Promise<void>;
}

function startWorker(t: TestContext, exclusively: Exclusively, name = 'the work'): Worker {
  const stopping = new AbortController();
  let working = false;
  const running = exclusively(
    name,
    async (signal) => {
      working = true;
      await (signal.aborted ? null : once(signal, 'abort'));
      working = false;
    },
    stopping.signal,
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  undo(t, stop);
  return { isWorking: () => working, stop };
}

test('of several processes one works, and when it stops another one does', async (t) => {
  const url = await freshDatabaseUrl(t);
  const workers = [1, 2, 3].map(() => startWorker(t, createExclusive({ url, clock, log })));
  const busy = () => workers.filter(({ isWorking }) => isWorking());
  await eventually('one works', () => busy().length > 0);
  const before = pauses;
  await eventually('the others ask in vain', () => pauses > before + 10);
  assert.equal(busy().length, 1);
  for (let round = 0; round < 2; round += 1) {
    const [first] = busy();
    await first?.stop();
    assert.equal(first?.isWorking(), false);
    await eventually('another one works', () => busy().length > 0);
    assert.equal(busy().length, 1);
  }
});

test('works of different names do not wait for each other', async (t) => {
  const url = await freshDatabaseUrl(t);
  const exclusively = createExclusive({ url, clock, log });
  const workers = ['a', 'b'].map((name) => startWorker(t, exclusively, name));
  await eventually('both work', () => workers.every(({ isWorking }) => isWorking()));
});

test('who loses the connection is told to end, and begins again', async (t) => {
  const { url, db } = await freshDatabase(t);
  const ended: unknown[] = [];
  const stopping = new AbortController();
  let begun = 0;
  const running = createExclusive({ url, clock, log })(
    'the work',
    async (signal) => {
      begun += 1;
      await (signal.aborted ? null : once(signal, 'abort'));
      ended.push(signal.reason);
    },
    stopping.signal,
  );
  undo(t, async () => {
    stopping.abort();
    await running;
  });
  await eventually('it works', () => begun === 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leaver-exclusive' and datname = current_database()`.execute(
    db,
  );
  await eventually('it works again', () => begun === 2);
  assert.ok(ended.length === 1 && ended[0] instanceof Error);
});
