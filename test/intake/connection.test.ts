import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectConnection, type Look, lookAtKeys, lookAtReader, lookAtSignals } from '../../src/intake/connection.ts';
import { lookAtSubscription } from '../../src/intake/entra-graph/look.ts';
import { keepSubscription } from '../../src/intake/entra-graph/subscriptions.ts';
import { lookAtPolling, lookAtTransmitter } from '../../src/intake/shared-signals/look.ts';
import type { Check } from '../../src/kernel/check.ts';
import { startTransmitter } from '../../src/sandbox/transmitter.ts';
import { undo } from '../support/undo.ts';
import { alive, graphStage, onlySubscription } from './entra-graph/graph-stage.ts';
import { madeOnce, startIssuer } from './support/issuer.ts';

const aKey = madeOnce('key-1', 'ES256');

async function see(look: Look, withinMs?: number): Promise<Check> {
  const { checks } = await inspectConnection({ id: 'okta-main', kind: 'okta', looks: [look] }, withinMs);
  const [check] = checks;
  assert.ok(check);
  return check;
}

test('keys that can be fetched are counted; an address without keys names the setting to check', async (t) => {
  const issuer = await startIssuer(t, await aKey());
  const look = lookAtKeys('okta-main', 'universal logout', issuer.jwksUri);
  assert.deepEqual(await see(look), { what: 'universal logout', verdict: 'fine', detail: `${issuer.jwksUri} has 1 key` });
  issuer.publish();
  assert.match((await see(look)).detail, /^okta-main: http:.* has no keys, so nothing that is signed can be believed\. Check jwksUri\.$/);
  issuer.answer((response) => response.writeHead(404).end('no'));
  const { verdict, detail } = await see(look);
  assert.equal(verdict, 'fix');
  assert.match(detail, /gives no keys \(the address answered 404\)/);
});

test('what never answers holds nothing up for longer than the limit, and is told', async () => {
  const hangs: Look = {
    what: 'read people back',
    see: async (signal) => await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  assert.deepEqual(await see(hangs, 20), {
    what: 'read people back',
    verdict: 'fix',
    detail: 'okta-main: there was no answer within 0.02 seconds',
  });
  const breaks: Look = { what: 'transmitter', see: () => Promise.reject(new Error('The issuer has no discovery document.')) };
  assert.deepEqual(await see(breaks), { what: 'transmitter', verdict: 'fix', detail: 'okta-main: The issuer has no discovery document.' });
});

test('a reader says whether people can be read; without one departures are not confirmed, which nobody has to mend', async () => {
  const reader = (reachable: boolean) => ({ probe: async () => ({ reachable, detail: 'said by the provider' }) });
  assert.deepEqual(await see(lookAtReader(reader(true))), { what: 'read people back', verdict: 'fine', detail: 'said by the provider' });
  assert.equal((await see(lookAtReader(reader(false)))).verdict, 'fix');
  assert.equal((await see(lookAtReader(undefined))).verdict, 'unclear');
});

test('a connection that was silent so far is told, and one that was not says what came last', async () => {
  assert.equal((await see(lookAtSignals(async () => undefined))).verdict, 'unclear');
  const last = { kind: 'user.lifecycle.deactivate', receivedAt: '2026-03-02T08:00:00.000Z' };
  const { verdict, detail } = await see(lookAtSignals(async () => last));
  assert.deepEqual([verdict, detail], ['fine', 'the last one, user.lifecycle.deactivate, came at 2026-03-02T08:00:00.000Z']);
});

test('a subscription is in order when we have noted it and Graph still has it, and looking changes nothing', async (t) => {
  const stage = await graphStage(t);
  const { db, clock, watched, needs, entra } = stage;
  const look = lookAtSubscription({ db, clock, ...watched });
  assert.match((await see(look)).detail, /^entra-main: Graph has no subscription for us: no worker has looked after it yet$/);
  await keepSubscription(needs, watched, alive());
  const { verdict, detail } = await see(look);
  assert.equal(verdict, 'fine');
  assert.ok(detail.startsWith(`Graph calls ${watched.notificationUrl} until `), detail);
  const changing = entra.count(/^(POST|PATCH|DELETE) .*subscriptions/);
  entra.removeSubscription(onlySubscription(stage).id, 'silently');
  assert.match((await see(look)).detail, /Graph has no subscription that leads to .*restart one to have it at once/);
  assert.equal(entra.count(/^(POST|PATCH|DELETE) .*subscriptions/), changing);
});

test('a subscription that could not be made says why', async (t) => {
  const { db, clock, watched, needs, receiver } = await graphStage(t);
  receiver.isUp = false;
  await keepSubscription(needs, watched, alive());
  const { verdict, detail } = await see(lookAtSubscription({ db, clock, ...watched }));
  assert.equal(verdict, 'fix');
  assert.match(detail, /Graph must reach .* \(server\.publicUrl\) and get its token back/);
});

test('a transmitter is asked what it says about itself, and one without a document is told', async (t) => {
  const transmitter = await startTransmitter({ audience: 'https://leaver.example.com' });
  undo(t, async () => await transmitter.close());
  assert.equal((await see(lookAtTransmitter('signals', transmitter.issuer))).verdict, 'fine');
  const silent = await startIssuer(t);
  silent.answer((response) => response.writeHead(404).end());
  const { verdict, detail } = await see(lookAtTransmitter('signals', new URL(silent.jwksUri).origin));
  assert.deepEqual([verdict, /no discovery document/.test(detail)], ['fix', true]);
});

test('a stream is polled once without taking a token away, and one that cannot be polled says what to do', async (t) => {
  const transmitter = await startTransmitter({ audience: 'https://leaver.example.com', token: 'the-token' });
  undo(t, async () => await transmitter.close());
  const { pollUrl: url, enqueueOddity, waiting, polls, failPolls } = transmitter.streams;
  enqueueOddity('a-token', 'x');
  const look = lookAtPolling('signals', { url, token: 'the-token' });
  assert.deepEqual(await see(look), { what: 'poll', verdict: 'fine', detail: `tokens are fetched at ${url}, which answers` });
  assert.deepEqual([waiting(), polls], [['a-token'], [{ maxEvents: 0, returnImmediately: true }]]);
  const wrong = await see(lookAtPolling('signals', { url, token: 'another' }));
  assert.equal(wrong.verdict, 'fix');
  assert.match(wrong.detail, /^signals: http:.* answered 401, .* nothing comes by this stream\. Make a new token .* poll\.token\.$/);
  failPolls(503);
  assert.match((await see(look)).detail, /answered 503, and not with tokens, so nothing comes by this stream\. Check poll\.url/);
  transmitter.streams.hangPolls(true);
  assert.deepEqual(await see(look, 50), { what: 'poll', verdict: 'fix', detail: 'okta-main: there was no answer within 0.05 seconds' });
  const away = await see(lookAtPolling('signals', { url: 'http://127.0.0.1:9/poll', token: 'the-token' }));
  assert.match(away.detail, /^signals: http:\/\/127\.0\.0\.1:9\/poll cannot be polled \(.+\), so nothing comes by this stream/);
});
