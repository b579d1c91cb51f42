import { OPERATOR_TOKEN } from '../../support/service.ts';

export interface StreamEvent {
  readonly id: number;
  readonly name: string;
  readonly data: {
    readonly kind: string;
    readonly step?: { readonly id: string; readonly action: string };
    readonly case?: { readonly state: string };
  };
}

/** An open stream of server-sent events. */
export interface EventStream {
  readonly headers: Headers;
  /** What comes until the stream ends; leaving the loop early breaks the connection. */
  readonly events: AsyncIterable<StreamEvent>;
}

export async function openStream(url: string, lastEventId?: string): Promise<EventStream> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
  const { body, headers: answered } = await fetch(url, { headers });
  if (body === null) {
    throw new Error(`${url} answered without a body`);
  }
  return { headers: answered, events: readEvents(body) };
}

export async function collect(events: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const all: StreamEvent[] = [];
  for await (const event of events) {
    all.push(event);
  }
  return all;
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = `${text}${chunk}`.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks.filter((one) => !one.startsWith(':'))) {
      yield parseEvent(block);
    }
  }
}

function parseEvent(block: string): StreamEvent {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const));
  return {
    id: Number(fields.get('id')),
    name: fields.get('event') ?? '',
    data: JSON.parse(fields.get('data') ?? 'null') as StreamEvent['data'],
  };
}
