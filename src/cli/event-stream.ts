/** One event of a stream of server-sent events. */
export interface ServerSentEvent {
  /** `message` where the stream does not name it. */
  readonly type: string;
  readonly data: string;
  /** The id to resume after; it stays the same until the stream gives another. */
  readonly lastEventId: string;
}

/**
 * Reads server-sent events from bytes, however these are cut. What follows the last empty line is no event: it was cut off.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>, lastEventId = ''): AsyncGenerator<ServerSentEvent> {
  const draft = { type: '', data: [] as string[], id: lastEventId };
  for await (const line of readLines(bytes)) {
    if (line !== '') {
      readField(draft, line);
      continue;
    }
    const { type, data, id } = draft;
    Object.assign(draft, { type: '', data: [] });
    if (data.length > 0) {
      yield { type: type || 'message', data: data.join('\n'), lastEventId: id };
    }
  }
}

function readField(draft: { type: string; data: string[]; id: string }, line: string): void {
  const colon = line.indexOf(':');
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  switch (name) {
    case 'event':
      draft.type = value;
      break;
    case 'data':
      draft.data.push(value);
      break;
    case 'id':
      draft.id = value.includes('\0') ? draft.id : value;
      break;
  }
}

/** Lines end with LF, CR or both; a CR ends its line at once, although an LF may follow in the next bytes. */
async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let endedWithCr = false;
  for await (const chunk of bytes) {
    const decoded = decoder.decode(chunk, { stream: true });
    if (decoded === '') {
      continue;
    }
    const lines = (rest + (endedWithCr ? decoded.replace(/^\n/, '') : decoded)).split(/\r\n|\r|\n/);
    endedWithCr = decoded.endsWith('\r');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
