import { createHash } from 'node:crypto';
import type { Http } from '../http/build-http.ts';
import { LeaverError } from '../kernel/errors.ts';

/** For the routes of this scope: the bytes stay as they came until the sender is verified; what they mean is looked at afterwards. */
export function keepRawBody(scope: Http): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/** The bytes of a request whose scope keeps them; none where it had no body. */
export function rawBodyOf({ body }: { readonly body: unknown }): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** Hex, as a signal carries it. */
export function sha256Of(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

/** @throws LeaverError `invalid-request` */
export function parseJsonBody(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new LeaverError('invalid-request', 'The body is not JSON in UTF-8. Nothing was stored.', { cause: error });
  }
}
