import { once } from 'node:events';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { type Answer, codeOf, errorAnswer } from './answers.ts';
import type { Fault, StatusFault } from './faults.ts';
import type { Ending } from './journal.ts';

/** The other end of one request. */
export interface Line {
  readonly response: ServerResponse;
  readonly clock: Clock;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
  /** Told once the ending is certain or, for an answer, as it starts: a client cannot know it earlier than the record does. */
  ended(ending: Ending): void;
}

const PAGE = '<!doctype html><html><head><title>Gateway</title></head><body><h1>The gateway cannot reach the service</h1></body></html>';
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const OVERSIZE_BYTES = 10 * 1024 * 1024 + 1;
const SLOW_PIECES = 8;

/** Sends the answer as it is. */
export async function sendAnswer(line: Line, { status, body, headers = {} }: Answer): Promise<void> {
  if (body === undefined) await send(line, status, headers, '');
  else await send(line, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
}

/** Lets the request go wrong as the fault says; `answer` is what would have been sent had it gone well. */
export async function sendFault(line: Line, fault: Fault, answer: Answer, trapUrl: string): Promise<void> {
  if (typeof fault !== 'string')
    return await ('slowBodyMs' in fault ? sendSlowly(line, answer, fault.slowBodyMs) : sendStatus(line, fault));
  switch (fault) {
    case 'hang':
    case 'hang-after-effect':
      return await hang(line);
    case 'reset':
    case 'reset-after-effect':
      return reset(line);
    case 'truncated-json':
      return await truncate(line, answer);
    case 'half-json':
      return await send(line, statusWithBody(answer), { 'content-type': 'application/json' }, firstHalf(jsonOf(answer)));
    case 'html-200':
      return await send(line, 200, HTML, PAGE);
    case 'redirect':
      return await send(line, 302, { location: trapUrl }, '');
    case 'oversize':
      return await sendAnswer(line, { status: statusWithBody(answer), body: { ...answer.body, padding: 'x'.repeat(OVERSIZE_BYTES) } });
  }
}

/** Sends the first half of the answer and, if told to go on, the rest; the half of an answer without a body is half of its head. */
export async function sendInHalves(line: Line, { status, body, headers = {} }: Answer, goOn: () => Promise<boolean>): Promise<void> {
  const { response, ended } = line;
  const text = body === undefined ? '' : JSON.stringify(body);
  const length = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const head = Object.entries({ ...length, ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  const whole = `${start}${head.join('')}\r\n${text}`;
  const half = whole.length - Math.ceil((text.length || whole.length - start.length) / 2);
  ended(status);
  // Past the response, which knows no half of a head.
  await new Promise<void>((resolve) => response.socket?.write(whole.slice(0, half), () => resolve()) ?? resolve());
  if (!(await goOn())) return reset(line);
  response.socket?.end(whole.slice(half));
  await closed(response);
}

/** Ends the connection with a reset. */
export function reset({ response, ended }: Line): void {
  ended('reset');
  response.socket?.resetAndDestroy();
}

async function send({ response, ended }: Line, status: number, headers: Readonly<Record<string, string>>, text: string): Promise<void> {
  if (response.destroyed) return ended('client-gone');
  ended(status);
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, { ...headers, ...length });
  response.end(text);
  await closed(response);
  if (!response.writableFinished) ended('client-gone');
}

async function closed(response: ServerResponse): Promise<void> {
  if (!response.closed) await once(response, 'close');
}

async function hang({ response, ended }: Line): Promise<void> {
  ended('hang');
  await closed(response);
  ended('hang');
}

async function sendStatus(line: Line, { status, code = codeOf(status), retryAfter, body = 'json' }: StatusFault): Promise<void> {
  const headers =
    retryAfter === undefined ? {} : { 'retry-after': retryAfter instanceof Date ? retryAfter.toUTCString() : String(retryAfter) };
  if (body === 'html') return await send(line, status, { ...HTML, ...headers }, PAGE);
  if (body === 'empty') return await send(line, status, headers, '');
  await sendAnswer(line, { ...errorAnswer(status, code, 'The sandbox was told to refuse this call'), headers });
}

async function truncate({ response, ended }: Line, answer: Answer): Promise<void> {
  const text = jsonOf(answer);
  ended(statusWithBody(answer));
  response.writeHead(statusWithBody(answer), { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  // The half must have left before the connection ends, or the client would see no answer at all.
  await new Promise<void>((resolve) => response.write(firstHalf(text), () => resolve()));
  response.socket?.end();
  await closed(response);
}

async function sendSlowly({ response, clock, closing, ended }: Line, answer: Answer, slowBodyMs: number): Promise<void> {
  const text = jsonOf(answer);
  const size = Math.ceil(text.length / SLOW_PIECES);
  ended(statusWithBody(answer));
  response.writeHead(statusWithBody(answer), { 'content-type': 'application/json' });
  for (let start = 0; start < text.length && !response.destroyed; start += size) {
    response.write(text.slice(start, start + size));
    await clock.sleep(slowBodyMs / SLOW_PIECES, closing);
  }
  response.end();
  await closed(response);
  if (!response.writableFinished) ended('client-gone');
}

/** Faults of the body need one: a bodiless answer gets the smallest the surface allows. */
function statusWithBody({ status, body }: Answer): number {
  return body === undefined ? 200 : status;
}

function jsonOf({ body }: Answer): string {
  return JSON.stringify(body ?? { done: true });
}

function firstHalf(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}
