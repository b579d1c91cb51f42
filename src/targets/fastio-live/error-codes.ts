import { type Cause, causeOfStatus } from '../../outbound/outbound.ts';

/**
 * What the documented codes mean. A code says more than its status, which differs between the documentation, the vendor's client and the server.
 *
 * @see https://docs.fast.io/ and https://github.com/MediaFire/fastio_cli
 */
const BY_CODE: Readonly<Record<string, Cause>> = {
  1605: 'invalid',
  1609: 'absent',
  1650: 'credential',
  1652: 'absent',
  1653: 'absent',
  1654: 'broken',
  1660: 'conflict',
  1667: 'too-busy',
  1669: 'conflict',
  1670: 'permission',
  1671: 'too-busy',
  1677: 'locked',
  1680: 'permission',
  // A limit of the plan, and no plan at all.
  1685: 'quota',
  1688: 'quota',
  1695: 'quota',
  1696: 'quota',
  9992: 'not-offered',
  10262: 'invalid',
  // Comes with 401, though the credential is good: the caller is no member of the workspace.
  10545: 'permission',
  // The e-mail address of the caller was never verified.
  10587: 'permission',
  115069: 'permission',
};

const BY_STATUS: Readonly<Record<number, Cause>> = { 402: 'quota', 406: 'invalid', 412: 'quota' };

/** The cause behind a refusal: its code first, its status second. */
export function causeOf(code: string | undefined, status: number): Cause {
  const known = code === undefined ? undefined : BY_CODE[code];
  return known ?? BY_STATUS[status] ?? causeOfStatus(status);
}

/** Codes that say that the organization has no plan, or none that allows it. */
export const NO_PLAN: ReadonlySet<string> = new Set(['1688', '1695', '1696']);
/** The caller is no member of the workspace that it asked about. */
export const NOT_IN_WORKSPACE = '10545';
