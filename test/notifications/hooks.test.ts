import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { type TestContext, test } from 'node:test';
import { matchSignature, readEnvelope, secondsAhead, toWebhookKey } from '../../src/intake/standard-webhook/verify.ts';
import type { Happening } from '../../src/notifications/happening.ts';
import type { Sender } from '../../src/notifications/sender.ts';
import { createSlackSender } from '../../src/notifications/senders/slack.ts';
import { createStandardWebhookSender, sign } from '../../src/notifications/senders/standard-webhook.ts';
import { readTemplates } from '../../src/notifications/templates.ts';
import { createHookClient } from '../../src/outbound/outbound.ts';
import { fixture, OTHER_SECRET, SECRET } from '../intake/standard-webhook/fixtures.ts';
import { undo } from '../support/undo.ts';
import { keptLog } from '../targets/support/log-lines.ts';
import { movingClock } from '../targets/support/moving-clock.ts';
import { answer, page, scriptedServer } from '../targets/support/scripted-server.ts';
import { CASE, DOWN, HELD } from './support/happenings.ts';

const ID = '99999999-8888-4777-8666-555555555555';
const ALIVE = new AbortController().signal;

function clientTo(t: TestContext, url: string) {
  const client = createHookClient({ name: 'hook', url, timeoutMs: 500, clock: movingClock(), log: keptLog().log });
  undo(t, async () => await client.close());
  return client;
}

async function send(sender: Sender, happened: Happening = HELD) {
  return await sender.send({ id: ID, recipient: 'operators', createdAt: new Date('2026-03-02T08:00:00.000Z'), happened }, ALIVE);
}

/** A signature is good when somebody who has only the secret and the bytes says so: our own intake, which takes the same from HR systems. */
function verified(secret: string, seen: { headers: IncomingHttpHeaders; body: string } | undefined): boolean {
  const envelope = seen && readEnvelope(seen.headers);
  assert.ok(envelope && typeof envelope === 'object', String(envelope));
  return matchSignature(envelope, Buffer.from(seen.body), [toWebhookKey(secret)]) === 0;
}

test('a webhook is signed as the published vectors are', async () => {
  const { secret, request } = (await fixture('vector-1-valid')) as {
    secret: string;
    request: { headers: Record<string, string>; body: string };
  };
  const { headers, body } = request;
  assert.equal(sign(secret, `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`), headers['webhook-signature']);
});

test('a webhook has a type, a moment and facts, and a signature that a receiver of Standard Webhooks accepts', async (t) => {
  const server = await scriptedServer(t, [answer(204)]);
  const clock = movingClock('2026-03-02T09:30:00.000Z');
  assert.deepEqual(await send(createStandardWebhookSender({ client: clientTo(t, server.url), secrets: [SECRET], clock })), {
    kind: 'sent',
  });
  const [seen] = server.seen;
  assert.ok(verified(SECRET, seen));
  assert.ok(!verified(OTHER_SECRET, seen));
  assert.deepEqual(JSON.parse(seen?.body ?? ''), { type: 'case.held', timestamp: '2026-03-02T08:00:00.000Z', data: { case: CASE } });
  const envelope = seen && readEnvelope(seen.headers);
  assert.ok(envelope && typeof envelope === 'object');
  assert.equal(envelope.id, ID);
  assert.equal(secondsAhead(envelope, clock.now()), 0);
});

test('an attempt that follows another has the same id and body, and a time and a signature of its own', async (t) => {
  const server = await scriptedServer(t, [answer(503, {}, { 'retry-after': '7' }), answer(200)]);
  const clock = movingClock();
  const sender = createStandardWebhookSender({ client: clientTo(t, server.url), secrets: [SECRET], clock });
  assert.deepEqual(await send(sender), { kind: 'later', problem: 'the hook answered 503', afterMs: 7_000 });
  clock.move(60_000);
  assert.deepEqual(await send(sender), { kind: 'sent' });
  const [first, second] = server.seen;
  assert.deepEqual([first?.body, first?.headers['webhook-id']], [second?.body, second?.headers['webhook-id']]);
  assert.notEqual(first?.headers['webhook-timestamp'], second?.headers['webhook-timestamp']);
  assert.ok(verified(SECRET, first) && verified(SECRET, second));
});

test('while a secret takes the place of another, a receiver with either of them accepts the message', async (t) => {
  const server = await scriptedServer(t, [answer(200)]);
  await send(createStandardWebhookSender({ client: clientTo(t, server.url), secrets: [OTHER_SECRET, SECRET], clock: movingClock() }));
  assert.ok(verified(SECRET, server.seen[0]) && verified(OTHER_SECRET, server.seen[0]));
});

test('a message for Slack is one text with what to do, and its id as the last line', async (t) => {
  const server = await scriptedServer(t, [page(200, 'ok')]);
  assert.deepEqual(await send(createSlackSender(clientTo(t, server.url), await readTemplates(null)), DOWN), { kind: 'sent' });
  const { text, ...more } = JSON.parse(server.seen[0]?.body ?? '') as { text: string };
  assert.deepEqual(more, {});
  assert.match(text, /^\*fastio does not answer Leaver\*\n/);
  assert.match(text, /See whether fastio is up/);
  assert.ok(text.endsWith(`\n_${ID}_`));
});

test('a name calls nobody and poses as no link in Slack', async (t) => {
  const server = await scriptedServer(t, [page(200, 'ok')]);
  const person = { email: 'ada@example.com', name: '<!channel> <https://evil.example|Ada> & co' };
  await send(createSlackSender(clientTo(t, server.url), await readTemplates(null)), { event: 'case.held', case: { ...CASE, person } });
  const { text } = JSON.parse(server.seen[0]?.body ?? '') as { text: string };
  assert.match(text, /&lt;!channel&gt; &lt;https:\/\/evil\.example\|Ada&gt; &amp; co/);
  assert.doesNotMatch(text, /</);
});
