import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cause, causeOfFailure, causeOfStatus, VERDICTS } from '../../src/outbound/classify.ts';

type Row = readonly [what: string, cause: Cause, effect: 'none' | 'unclear', retry: 'now' | 'later' | 'never'];

const STATUSES: readonly (readonly [status: number, code: string | undefined, ...Row])[] = [
  [206, undefined, 'a success nobody asked for', 'unexpected', 'unclear', 'never'],
  [302, undefined, 'a redirect', 'redirected', 'unclear', 'never'],
  [400, 'invalid_request', 'a bad request', 'invalid', 'none', 'never'],
  [401, 'unauthorized', 'a bad token', 'credential', 'none', 'never'],
  [403, 'forbidden', 'a missing scope', 'permission', 'none', 'never'],
  [404, 'not_found', 'nothing there', 'absent', 'none', 'never'],
  [405, undefined, 'a method that is not offered', 'invalid', 'none', 'never'],
  [408, undefined, 'a request that timed out', 'timed-out', 'unclear', 'now'],
  [409, 'quota_exceeded', 'no room', 'quota', 'none', 'never'],
  [409, 'conflict', 'a conflict', 'conflict', 'none', 'later'],
  [409, undefined, 'a conflict without a code', 'conflict', 'none', 'later'],
  [410, undefined, 'gone for good', 'absent', 'none', 'never'],
  [422, undefined, 'a body that is not understood', 'invalid', 'none', 'never'],
  [423, 'locked', 'a lock', 'locked', 'none', 'later'],
  [425, undefined, 'too early', 'too-busy', 'none', 'now'],
  [429, 'rate_limited', 'too many requests', 'too-busy', 'none', 'now'],
  [500, undefined, 'a server error', 'broken', 'unclear', 'now'],
  [501, undefined, 'a call that is not implemented', 'not-offered', 'none', 'never'],
  [502, undefined, 'a bad gateway', 'broken', 'unclear', 'now'],
  [503, undefined, 'a server that is away', 'broken', 'unclear', 'now'],
  [504, undefined, 'a gateway that timed out', 'timed-out', 'unclear', 'now'],
];

const FAILURES: readonly (readonly [code: string, syscall: string | undefined, ...Row])[] = [
  ['ECONNREFUSED', 'connect', 'a closed port', 'unreachable', 'none', 'now'],
  ['ECONNREFUSED', undefined, 'a closed port on every address', 'unreachable', 'none', 'now'],
  ['ENOTFOUND', 'getaddrinfo', 'an unknown name', 'unreachable', 'none', 'now'],
  ['EAI_AGAIN', 'getaddrinfo', 'a name server that is away', 'unreachable', 'none', 'now'],
  ['ENETUNREACH', 'connect', 'no way there', 'unreachable', 'none', 'now'],
  ['ECONNRESET', 'connect', 'a reset while connecting', 'unreachable', 'none', 'now'],
  ['UND_ERR_CONNECT_TIMEOUT', undefined, 'nobody takes the connection', 'unreachable', 'none', 'now'],
  ['CERT_HAS_EXPIRED', undefined, 'an old certificate', 'certificate', 'none', 'never'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'a certificate of its own', 'certificate', 'none', 'never'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'the certificate of another host', 'certificate', 'none', 'never'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, 'a certificate nobody vouches for', 'certificate', 'none', 'never'],
  ['UND_ERR_HEADERS_TIMEOUT', undefined, 'no answer in time', 'timed-out', 'unclear', 'now'],
  ['UND_ERR_BODY_TIMEOUT', undefined, 'an answer that stops', 'timed-out', 'unclear', 'now'],
  ['DEADLINE', undefined, 'an answer that drips', 'timed-out', 'unclear', 'now'],
  ['ECONNRESET', 'read', 'a reset after the request', 'lost', 'unclear', 'now'],
  ['UND_ERR_SOCKET', undefined, 'the other side hung up', 'lost', 'unclear', 'now'],
  ['HPE_INVALID_CONSTANT', undefined, 'something that is not HTTP', 'lost', 'unclear', 'now'],
  ['UNKNOWN', undefined, 'anything else', 'lost', 'unclear', 'now'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', undefined, 'too much', 'oversize', 'unclear', 'never'],
  ['UND_ERR_INVALID_ARG', undefined, 'a request that cannot be sent', 'own-mistake', 'none', 'never'],
  ['UND_ERR_DESTROYED', undefined, 'a client that is closed', 'closed', 'none', 'later'],
];

for (const [status, code, what, cause, effect, retry] of STATUSES) {
  test(`${status} ${code ?? ''}, ${what}: effect ${effect}, again ${retry}`, () => {
    assert.equal(causeOfStatus(status, code), cause);
    assert.deepEqual(VERDICTS[cause], { effect, retry });
  });
}

for (const [code, syscall, what, cause, effect, retry] of FAILURES) {
  test(`${code} ${syscall ?? ''}, ${what}: effect ${effect}, again ${retry}`, () => {
    assert.equal(causeOfFailure({ code, ...(syscall && { syscall }) }), cause);
    assert.deepEqual(VERDICTS[cause], { effect, retry });
  });
}
