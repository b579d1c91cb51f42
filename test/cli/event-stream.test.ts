import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readEvents, type ServerSentEvent } from '../../src/cli/event-stream.ts';
import { runs } from '../support/sweep.ts';

async function eventsIn(text: string, cuts: readonly number[] = []): Promise<ServerSentEvent[]> {
  const bytes = new TextEncoder().encode(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const [index, end] of places.slice(1).entries()) {
      yield bytes.subarray(places[index], end);
    }
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(chunks())) {
    events.push(event);
  }
  return events;
}

// The examples of the specification: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
const CASES: readonly [promise: string, text: string, events: readonly ServerSentEvent[]][] = [
  ['several data lines make one text', 'data: YHOO\ndata: +2\ndata: 10\n\n', [{ type: 'message', data: 'YHOO\n+2\n10', lastEventId: '' }]],
  [
    'comments mean nothing, an id stays until it is taken back, and what is not ended is no event',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n',
    [
      { type: 'message', data: 'first event', lastEventId: '1' },
      { type: 'message', data: 'second event', lastEventId: '' },
    ],
  ],
  [
    'a data field without a value is an empty line of data',
    'data\n\ndata\ndata\n\ndata:',
    [
      { type: 'message', data: '', lastEventId: '' },
      { type: 'message', data: '\n', lastEventId: '' },
    ],
  ],
  [
    'only one space after the colon is left out',
    'data:test\n\ndata: test\n\ndata:  test\n\n',
    ['test', 'test', ' test'].map((data) => ({ type: 'message', data, lastEventId: '' })),
  ],
  [
    'a name without data is no event, and names nothing after it',
    'event: step\n\ndata: x\n\n',
    [{ type: 'message', data: 'x', lastEventId: '' }],
  ],
  ['an id with a NUL is no id', 'id: 7\nid: 8\u0000\nevent: step\ndata: x\n\n', [{ type: 'step', data: 'x', lastEventId: '7' }]],
  ['a byte order mark at the beginning is none of the text', '\uFEFFdata: x\n\n', [{ type: 'message', data: 'x', lastEventId: '' }]],
];

for (const [promise, text, events] of CASES) {
  test(promise, async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      assert.deepEqual(await eventsIn(text.replaceAll('\n', end)), events);
    }
  });
}

test('however the bytes are cut, the same events come out', async () => {
  const text = 'id: 1\r\nevent: step\r\ndata: {"name":"Ångström 🚀"}\r\ndata: two\r\rdata: x\n\nid: 2\ndata: y\r\n\r\n';
  const whole = await eventsIn(text);
  assert.equal(whole.length, 3);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 40 }), async (cuts) => assert.deepEqual(await eventsIn(text, cuts), whole)),
    runs(),
  );
});
