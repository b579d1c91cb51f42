import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RISC } from '../../../src/sandbox/security-event.ts';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/service.ts';
import { casesOf } from '../support/recorded.ts';
import { connectionTo, startTestTransmitter } from '../support/transmitter.ts';

test('a transmitter that cannot reach us is polled: the person is out, and the token is acknowledged', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const poll = { url: transmitter.streams.pollUrl, intervalSeconds: 1, token: 'the-token-of-the-transmitter' };
  const service = await startService(t, { config: { connections: [connectionTo(transmitter, { poll })] } });
  service.fastio.scenario.addUser({ email: 'polled@example.com' });
  const claims = transmitter.claims('ssf', { type: `${RISC}account-disabled`, subject: { email: 'polled@example.com' } });
  transmitter.streams.enqueue(await transmitter.sign(claims));
  await service.untilState('polled@example.com', 'completed');
  await eventually('it is acknowledged', () => transmitter.streams.waiting().length === 0);
  const cases = await casesOf(service, 'polled@example.com');
  assert.deepEqual(
    cases.flatMap(({ signals }) => signals.map(({ channel, eventId }) => [channel, eventId])),
    [['shared-signals', claims['jti']]],
  );
});
