import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Provider } from '../../src/cli/demo/channel.ts';
import type { ChannelName } from '../../src/cli/demo/channels.ts';
import { type Closers, closeAll } from '../../src/cli/demo/closers.ts';
import { perform } from '../../src/cli/demo/perform.ts';
import { openTerminal } from '../../src/cli/terminal.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { undo } from '../support/undo.ts';

export interface Shown {
  readonly channel: ChannelName;
  readonly provider?: Provider;
  /** In this order. */
  readonly lines: readonly RegExp[];
}

/** Plays the demo of one channel, against targets that are near: every point of it is proven, the person is out, and these lines were printed. */
export async function assertShown(t: TestContext, { channel, provider = 'entra', lines }: Shown): Promise<void> {
  const databaseUrl = await freshDatabaseUrl(t);
  const closers: Closers = [];
  undo(t, async () => await closeAll(closers));
  let said = '';
  const terminal = openTerminal({
    write: (text) => {
      said += text;
    },
  });
  const habits = { latencyMs: 0, auditDelayMs: 0, pageSize: 3 };
  await perform({ channel, provider, databaseUrl, habits, closers, terminal, signal: AbortSignal.timeout(50_000) });
  const all = [...lines, /✓ nothing left /, /: Jordan Reyes is out of Fastio and Flashback, and it is proven\.\n$/];
  assert.match(said, new RegExp(all.map(({ source }) => source).join('[\\s\\S]*')));
}
