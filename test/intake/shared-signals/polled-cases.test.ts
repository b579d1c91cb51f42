import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RISC } from '../../../src/sandbox/security-event.ts';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/service.ts';
import { parseMetrics, sampleOf } from '../../telemetry/exposition.ts';
import { casesOf } from '../support/recorded.ts';
import { connectionTo, startTestTransmitter } from '../support/transmitter.ts';

test('a transmitter that cannot reach us is polled: the person is out, the token is acknowledged, and the polls are counted and can be looked at', async (t) => {
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
  const samples = parseMetrics(await (await fetch(`${service.url}/metrics`)).text());
  assert.ok((sampleOf(samples, 'leaver_polls_total', { connection: 'signals', outcome: 'tokens' }) ?? 0) >= 1);
  const { body } = await service.call('GET', '/v1/connections');
  const { items } = body as { items: { checks: { what: string; verdict: string }[] }[] };
  assert.deepEqual(
    items.flatMap(({ checks }) => checks.flatMap(({ what, verdict }) => (what === 'poll' ? [verdict] : []))),
    ['fine'],
  );
});
