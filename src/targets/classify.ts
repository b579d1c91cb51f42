/**
 * What went wrong with a call, in one word. Closed: whoever reads it handles all of them.
 *
 * The first group was said by the answer's status, the second by the way in which no usable answer came.
 */
export const CAUSES = [
  'invalid',
  'credential',
  'permission',
  'absent',
  'quota',
  'conflict',
  'locked',
  'too-busy',
  'timed-out',
  'broken',
  'not-offered',
  'redirected',
  'unexpected',
  'unreachable',
  'certificate',
  'lost',
  'oversize',
  'not-json',
  'misshapen',
  'closed',
  'own-mistake',
] as const;
export type Cause = (typeof CAUSES)[number];

/** What a cause means for the one who called. */
export interface Verdict {
  /** `none`: the target certainly did not act on the call. `unclear`: it may have. */
  readonly effect: 'none' | 'unclear';
  /** `now`: worth asking again within seconds. `later`: the state must change first, without anybody's help. `never`: a person must act. */
  readonly retry: 'now' | 'later' | 'never';
}

/** What every cause means; `effect` is that of a call that changes something. */
export const VERDICTS: Readonly<Record<Cause, Verdict>> = {
  invalid: { effect: 'none', retry: 'never' },
  credential: { effect: 'none', retry: 'never' },
  permission: { effect: 'none', retry: 'never' },
  absent: { effect: 'none', retry: 'never' },
  quota: { effect: 'none', retry: 'never' },
  conflict: { effect: 'none', retry: 'later' },
  locked: { effect: 'none', retry: 'later' },
  'too-busy': { effect: 'none', retry: 'now' },
  'timed-out': { effect: 'unclear', retry: 'now' },
  broken: { effect: 'unclear', retry: 'now' },
  'not-offered': { effect: 'none', retry: 'never' },
  // 303 is the usual answer after the work was done, so that a redirect proves nothing about the effect.
  redirected: { effect: 'unclear', retry: 'never' },
  unexpected: { effect: 'unclear', retry: 'never' },
  unreachable: { effect: 'none', retry: 'now' },
  certificate: { effect: 'none', retry: 'never' },
  lost: { effect: 'unclear', retry: 'now' },
  oversize: { effect: 'unclear', retry: 'never' },
  'not-json': { effect: 'unclear', retry: 'now' },
  misshapen: { effect: 'unclear', retry: 'never' },
  closed: { effect: 'none', retry: 'later' },
  'own-mistake': { effect: 'none', retry: 'never' },
};

/** Causes that say nothing about the call and all about the target: it does not answer, or not with its own words. */
export const DOWN: ReadonlySet<Cause> = new Set(['timed-out', 'broken', 'unreachable', 'lost', 'not-json']);

const BY_STATUS: Readonly<Record<number, Cause>> = {
  401: 'credential',
  403: 'permission',
  404: 'absent',
  408: 'timed-out',
  409: 'conflict',
  410: 'absent',
  423: 'locked',
  425: 'too-busy',
  429: 'too-busy',
  501: 'not-offered',
  504: 'timed-out',
};

/** The cause behind an answer whose status the caller did not expect; `targetCode` is the target's own code where it sent one. */
export function causeOfStatus(status: number, targetCode?: string): Cause {
  if (status === 409 && targetCode === 'quota_exceeded') return 'quota';
  const known = BY_STATUS[status];
  if (known) return known;
  if (status >= 500) return 'broken';
  if (status >= 400) return 'invalid';
  return status >= 300 ? 'redirected' : 'unexpected';
}

/** The facts of an exception from the network that decide what it means (`code` and `syscall` as Node.js and undici set them). */
export interface NetworkFailure {
  readonly code: string;
  readonly syscall?: string;
}

const BY_CODE: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  UND_ERR_HEADERS_TIMEOUT: 'timed-out',
  UND_ERR_BODY_TIMEOUT: 'timed-out',
  DEADLINE: 'timed-out',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'oversize',
  UND_ERR_INVALID_ARG: 'own-mistake',
  UND_ERR_NOT_SUPPORTED: 'own-mistake',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
};

/** Codes of OpenSSL and Node.js for a certificate that was not accepted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|ERR_TLS|UNABLE_TO_VERIFY|HOSTNAME_MISMATCH/;

/** The cause behind a call that ended without a usable answer. Whatever is not known to have stopped before the request was sent counts as lost. */
export function causeOfFailure({ code, syscall }: NetworkFailure): Cause {
  const known = BY_CODE[code];
  if (known) return known;
  if (CERTIFICATE.test(code)) return 'certificate';
  return syscall === 'connect' || syscall === 'getaddrinfo' ? 'unreachable' : 'lost';
}
