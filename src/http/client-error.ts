import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { LeaverError } from '../kernel/errors.ts';
import { PROBLEM_JSON, toProblem } from './problem.ts';

/** On what is answered outside of any route, where nothing else sets them. */
export const BARE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

/** Answers what was no request, or came too slowly to become one, with a problem like any other, and hangs up. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) {
    return;
  }
  const problem = toProblem(meaningOf(error), randomUUID());
  const body = JSON.stringify(problem);
  const headers = { 'content-length': Buffer.byteLength(body), 'content-type': PROBLEM_JSON, connection: 'close', ...BARE_HEADERS };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // Not before the answer has gone out: what is still to be read would cut it off.
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
}

function meaningOf({ code }: NodeJS.ErrnoException): LeaverError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new LeaverError('request-timeout', 'The request did not arrive in time, so it was given up. Nothing was done; send it again.');
    case 'HPE_HEADER_OVERFLOW':
      return new LeaverError('headers-too-large', 'The request line and the headers together have more than 16 KiB. Nothing was done.');
    default:
      return new LeaverError('invalid-request', 'This is not an HTTP request.');
  }
}
