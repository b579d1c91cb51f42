import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../src/cli/demo/channel.ts';
import { assertShown } from './demo-transcript.ts';

test('a transmitter of Shared Signals locks one person out and takes another out, by tokens that it signs', {
  timeout: 60_000,
}, async (t) => {
  const lines = [
    / signals +CAEP session-revoked +202: /,
    / signals +RISC account-disabled +202: /,
    /✓ heard +\S+account-disabled over shared-signals, believed for jwksUri, key /,
  ];
  await assertShown(t, { channel: 'ssf', lines });
});

test('an HR system suspends one person and terminates another, by messages that it signs', { timeout: 60_000 }, async (t) => {
  const lines = [
    / hr +employee\.suspended +202: /,
    / hr +employee\.terminated +202: /,
    /✓ heard +employee\.terminated over standard-webhook, believed for secrets\[0\]/,
  ];
  await assertShown(t, { channel: 'webhook', lines });
});

test('a message that is not answered as its channel promises ends the demo', async () => {
  const sent = send('event hook', 204, async () => ({ status: 503 }));
  await assert.rejects(sent, { message: 'The demo failed: the event hook was answered with 503, and not with 204.' });
});
