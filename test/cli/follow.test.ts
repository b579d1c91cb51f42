import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CommandError } from '../../src/cli/exit.ts';
import { type FollowedEvent, followCase } from '../../src/cli/follow.ts';
import { connectTo } from '../../src/cli/service.ts';

/** What the events that come are about, once there are no more. */
async function followed(events: AsyncIterable<FollowedEvent>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const { change } of events) {
    seen.push(change['id']);
  }
  return seen;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(t: TestContext, handle: Handle) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  return connectTo({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'x' });
}

function eventOf(id: number): string {
  return `id: ${id}\nevent: case\ndata: ${JSON.stringify({ at: new Date(id).toISOString(), kind: 'case.state', change: { id } })}\n\n`;
}

function caseIn(state: string): string {
  const moments = { openedAt: '2026-01-01T00:00:00.000Z', containedAt: null, completedAt: null, nextLookAt: null };
  const person = { email: 'ada@example.com', name: null };
  return JSON.stringify({
    id: 'c',
    person,
    playbook: 'offboard',
    state,
    reason: null,
    openedBy: 'x',
    ...moments,
    successor: null,
    signals: [],
    steps: [],
  });
}

test('a connection that breaks is taken up again after the last event that came, so that each comes once', async (t) => {
  const resumedAfter: (string | undefined)[] = [];
  const service = await serving(t, (request, response) => {
    if (!request.url?.endsWith('/stream')) {
      response.end(caseIn(resumedAfter.length < 3 ? 'running' : 'completed'));
      return;
    }
    const after = request.headers['last-event-id'];
    resumedAfter.push(typeof after === 'string' ? after : undefined);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    switch (resumedAfter.length) {
      case 1:
        // The third event is cut off in its middle.
        response.write(eventOf(1) + eventOf(2) + eventOf(3).slice(0, -10));
        setTimeout(() => response.destroy(), 50);
        break;
      case 2:
        response.end(eventOf(3));
        break;
      default:
        response.end(eventOf(4));
    }
  });
  let losses = 0;
  const events = await followed(followCase(service, 'c', { lost: () => losses++ }));
  assert.deepEqual(events, [1, 2, 3, 4]);
  assert.deepEqual(resumedAfter, [undefined, '2', '3']);
  assert.equal(losses, 1);
});

test('a service that stays away is unreachable, once patience is at its end', async (t) => {
  const service = await serving(t, (_request, response) => response.destroy());
  const following = followed(followCase(service, 'c', { patienceMs: 500 }));
  await assert.rejects(following, (error) => error instanceof CommandError && error.exitCode === 75);
});

test('a case that is gone ends it at once: that is no lost connection', async (t) => {
  const problem = { type: 'urn:leaver:problem:not-found', title: 'x', status: 404, detail: 'There is no case c.', instance: 'i' };
  const service = await serving(t, (_request, response) => response.writeHead(404).end(JSON.stringify(problem)));
  await assert.rejects(followed(followCase(service, 'c')), { exitCode: 3, message: 'There is no case c.' });
});

test('whoever gives it up gets no more events, and the reason of the signal', async (t) => {
  const service = await serving(t, (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(eventOf(1)),
  );
  const giveUp = new AbortController();
  const following = followCase(service, 'c', { signal: giveUp.signal });
  await following.next();
  giveUp.abort(new Error('enough'));
  await assert.rejects(following.next(), { message: 'enough' });
});

test('what streams no events is not taken for Leaver, however long it goes on', async (t) => {
  const service = await serving(t, (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).write('<html>'));
  await assert.rejects(followed(followCase(service, 'c')), { exitCode: 1, message: /does not seem to be Leaver/ });
});
