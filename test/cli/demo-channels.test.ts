import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Provider, send } from '../../src/cli/demo/channel.ts';
import type { ChannelName } from '../../src/cli/demo/channels.ts';
import { type Closers, closeAll } from '../../src/cli/demo/closers.ts';
import { perform } from '../../src/cli/demo/perform.ts';
import { openTerminal } from '../../src/cli/terminal.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { undo } from '../support/undo.ts';

/** What the demo prints of one channel, against a Fastio that is near; it throws when a point is not proven. */
async function transcriptOf(t: TestContext, channel: ChannelName, provider: Provider = 'entra'): Promise<string> {
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
  return said;
}

interface Shown {
  readonly promise: string;
  readonly channel: ChannelName;
  readonly provider?: Provider;
  /** In this order. */
  readonly lines: readonly RegExp[];
}

const SHOWN: readonly Shown[] = [
  {
    promise: 'Entra provisions people over SCIM, disables one of them, and they are taken out',
    channel: 'scim',
    lines: [
      /the connection was tested, and 2 people are provisioned/,
      / entra +SCIM PATCH, active "False" +200: /,
      /✓ heard +scim\.user\.deactivated over scim,/,
    ],
  },
  {
    promise: 'Okta provisions people over SCIM, unassigns one of them, and they are taken out',
    channel: 'scim',
    provider: 'okta',
    lines: [/2 people are provisioned/, / okta +SCIM PUT, active false +200: /, /✓ heard +scim\.user\.deactivated over scim,/],
  },
  {
    promise:
      'Leaver subscribes at Graph, is told of a change, reads it back, and has the departure confirmed before anything is hard to reverse',
    channel: 'graph',
    lines: [
      /gave the validation token of Graph's handshake back/,
      /subscribed to users \(updated,deleted\)/,
      / entra +notification: updated +202: /,
      / entra +GET \/v1\.0\/users\/\{id\} at Graph +disabled/,
      / entra +confirm-departure +verified /,
      / fastio +remove-member +verified /,
      /✓ heard +updated over entra-graph,/,
      /✓ confirmed +entra itself says so \(accountEnabled false\)/,
    ],
  },
  {
    promise: 'a transmitter of Shared Signals locks one person out and takes another out, by tokens that it signs',
    channel: 'ssf',
    lines: [
      / signals +CAEP session-revoked +202: /,
      / signals +RISC account-disabled +202: /,
      /✓ heard +\S+account-disabled over shared-signals, believed for jwksUri, key /,
      /✓ contractor /,
    ],
  },
  {
    promise: 'an HR system suspends one person and terminates another, by messages that it signs',
    channel: 'webhook',
    lines: [
      / hr +employee\.suspended +202: /,
      / hr +employee\.terminated +202: /,
      /✓ heard +employee\.terminated over standard-webhook,/,
      /✓ contractor /,
    ],
  },
];

for (const { promise, channel, provider, lines } of SHOWN) {
  test(promise, { timeout: 60_000 }, async (t) => {
    const said = await transcriptOf(t, channel, provider);
    const order = new RegExp(lines.map(({ source }) => source).join('[\\s\\S]*'));
    assert.match(said, order);
    assert.match(said, /✓ nothing left[\s\S]*: Jordan Reyes is out of Fastio, and it is proven\.\n$/);
  });
}

test('a message that is not answered as its channel promises ends the demo', async () => {
  await assert.rejects(
    send('event hook', 204, async () => ({ status: 503 })),
    { message: 'The demo failed: the event hook was answered with 503, and not with 204.' },
  );
});
