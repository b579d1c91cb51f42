import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createOkta, type Okta, type OktaOptions } from '../../src/sandbox/okta.ts';

interface Heard {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly eventId: string; readonly data: { readonly events: readonly Record<string, unknown>[] } } & Record<
    string,
    unknown
  >;
}

const ADA = { id: '00uAdaLovelace000001', login: 'ada@example.com', displayName: 'Ada' };

/** A receiver that answers as told, one function a request (the last one for the rest), and the Okta that calls it. */
async function oktaFor(t: TestContext, answers: ((response: ServerResponse, heard: Heard) => void)[], options: Partial<OktaOptions> = {}) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const entry = { method: request.method ?? '', headers: request.headers, body: JSON.parse(text || '{}') as Heard['body'] };
      heard.push(entry);
      (answers[heard.length - 1] ?? answers.at(-1))?.(response, entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/okta`;
  const okta: Okta = createOkta({ hookUrl, secret: 'a secret of ours', ...options });
  t.after(async () => {
    await okta.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { okta, heard };
}

function onlyOne<Item>(items: readonly Item[]): Item {
  const [first, ...more] = items;
  assert.ok(first !== undefined && more.length === 0);
  return first;
}

const answer = (status: number) => (response: ServerResponse) => void response.writeHead(status).end();
const silence = () => {};

test('verification is one GET with a challenge that must come back unchanged', async (t) => {
  const { okta, heard } = await oktaFor(t, [
    (response, { headers }) => void response.end(JSON.stringify({ verification: headers['x-okta-verification-challenge'] })),
    (response) => void response.end(JSON.stringify({ verification: 'something else' })),
    (response, { headers }) => void response.writeHead(201).end(JSON.stringify({ verification: headers['x-okta-verification-challenge'] })),
    (response) => void response.end('not JSON'),
  ]);
  assert.deepEqual(await okta.verify(), { verified: true, status: 200, attempts: 1 });
  assert.equal(heard[0]?.method, 'GET');
  assert.equal(heard[0]?.headers.authorization, 'a secret of ours');
  for (const status of [200, 201, 200]) assert.deepEqual(await okta.verify(), { verified: false, status, attempts: 1 });
});

test('a delivery has the whole documented envelope and names the person as its target', async (t) => {
  const { okta, heard } = await oktaFor(t, [answer(204)]);
  const { status, attempts, eventId } = await okta.deactivate(ADA);
  assert.deepEqual([status, attempts], [204, 1]);
  const { method, headers, body } = onlyOne(heard);
  assert.deepEqual([method, headers['content-type'], headers.accept], ['POST', 'application/json', 'application/json']);
  const { data, eventTime, source, ...envelope } = body;
  assert.deepEqual(envelope, {
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    eventId,
    contentType: 'application/json',
  });
  assert.match(String(source), /\/api\/v1\/eventHooks\/who/);
  assert.ok(Date.parse(String(eventTime)) > 0);
  const event = onlyOne(data.events);
  assert.equal(event['eventType'], 'user.lifecycle.deactivate');
  assert.deepEqual(event['outcome'], { result: 'SUCCESS', reason: null });
  assert.deepEqual(event['target'], [{ id: ADA.id, type: 'User', alternateId: 'ada@example.com', displayName: 'Ada', detailEntry: null }]);
  assert.notEqual((event['actor'] as { id: string }).id, ADA.id);
});

test('each lifecycle change is told with its own event type', async (t) => {
  const { okta, heard } = await oktaFor(t, [answer(200)]);
  for (const tell of [okta.deactivate, okta.suspend, okta.unsuspend, okta.reactivate, okta.delete]) await tell(ADA);
  assert.deepEqual(
    heard.map(({ body }) => body.data.events.map(({ eventType }) => eventType)),
    ['deactivate', 'suspend', 'unsuspend', 'reactivate', 'delete.initiated'].map((verb) => [`user.lifecycle.${verb}`]),
  );
});

test('a deactivation may bring the loss of applications along, with the person last among the targets', async (t) => {
  const { okta, heard } = await oktaFor(t, [answer(200)]);
  await okta.deactivate(ADA, { applications: ['Fastio', 'Chat'] });
  const events = heard[0]?.body.data.events ?? [];
  assert.equal(events.length, 3);
  const types = ((events[1]?.['target'] ?? []) as { type: string }[]).map(({ type }) => type);
  assert.deepEqual([events[1]?.['eventType'], types], ['application.user_membership.remove', ['AppUser', 'AppInstance', 'User']]);
});

test('the secret goes into the registered header as it is, or is another one when asked', async (t) => {
  const { okta, heard } = await oktaFor(t, [answer(200)], { header: 'X-Hook-Secret' });
  await okta.suspend(ADA);
  await okta.suspend(ADA, { secret: 'wrong' });
  assert.deepEqual(
    heard.map(({ headers }) => [headers['x-hook-secret'], headers.authorization]),
    [
      ['a secret of ours', undefined],
      ['wrong', undefined],
    ],
  );
});

test('a 5xx is tried once more with the same event id', async (t) => {
  const { okta, heard } = await oktaFor(t, [answer(503), answer(200)]);
  const { status, attempts, eventId } = await okta.deactivate(ADA);
  assert.deepEqual([status, attempts], [200, 2]);
  assert.deepEqual(
    heard.map(({ body }) => body.eventId),
    [eventId, eventId],
  );
});

test('two 5xx are the end: the event is lost', async (t) => {
  const { okta, heard } = await oktaFor(t, [answer(500)]);
  const { status, attempts } = await okta.deactivate(ADA);
  assert.deepEqual([status, attempts, heard.length], [500, 2, 2]);
});

for (const status of [302, 400, 401, 404, 429]) {
  test(`${status} is final: no second attempt`, async (t) => {
    const { okta, heard } = await oktaFor(t, [answer(status)]);
    const delivery = await okta.deactivate(ADA);
    assert.deepEqual([delivery.status, delivery.attempts, heard.length], [status, 1, 1]);
  });
}

test('a receiver that is silent beyond the limit is tried once more', async (t) => {
  const { okta, heard } = await oktaFor(t, [silence, answer(200)], { timeLimitMs: 60 });
  const { status, attempts, tookMs } = await okta.deactivate(ADA);
  assert.deepEqual([status, attempts, heard.length], [200, 2, 2]);
  assert.ok(tookMs >= 59);
});

test('an answer whose body does not end in time counts as silence', async (t) => {
  const { okta } = await oktaFor(t, [(response) => void response.writeHead(200).write('{')], { timeLimitMs: 60 });
  const { status, attempts } = await okta.deactivate(ADA);
  assert.deepEqual([status, attempts], ['timeout', 2]);
});

test('the limit is three seconds where no other is set', async (t) => {
  const { okta } = await oktaFor(t, [silence, answer(200)]);
  const { tookMs } = await okta.deactivate(ADA);
  assert.ok(tookMs >= 2_990 && tookMs < 5_900, `${tookMs} ms`);
});

test('a receiver that cannot be reached is reported as such', async (t) => {
  const { okta } = await oktaFor(t, [(response) => void response.socket?.destroy()]);
  const { status, attempts } = await okta.deactivate(ADA);
  assert.deepEqual([status, attempts], ['unreachable', 2]);
});

test('the same delivery can be sent again, as at-least-once allows', async (t) => {
  const { okta, heard } = await oktaFor(t, [answer(200)]);
  const eventId = '4f1c2f6e-6b0b-4c7e-9a51-0d3f1f6f0001';
  for (const _ of [1, 2]) await okta.deliver([{ eventType: 'user.lifecycle.deactivate', target: null }], { eventId });
  assert.deepEqual(
    heard.map(({ body }) => [body.eventId, body.data.events[0]?.['target']]),
    [
      [eventId, null],
      [eventId, null],
    ],
  );
});
