import { LeaverError } from '../../kernel/errors.ts';

/** The conditions that a request puts on the resource it is about, RFC 9110 section 13.1. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** A weak one: two answers with the same version say the same, but not in the same bytes. */
export function etagOf(version: number): string {
  return `W/"${version}"`;
}

/** @throws LeaverError `precondition-failed` when the resource is not the one that the writer has seen */
export function checkBeforeWrite({ ifMatch, ifNoneMatch }: Conditions, version: number): void {
  if ((ifMatch !== undefined && !names(ifMatch, version)) || (ifNoneMatch !== undefined && names(ifNoneMatch, version))) {
    throw new LeaverError('precondition-failed', `The resource is now version ${etagOf(version)}. Read it again; nothing was changed.`);
  }
}

/** Whether a reader has the resource already. */
export function isKnownToReader({ ifNoneMatch }: Conditions, version: number): boolean {
  return ifNoneMatch !== undefined && names(ifNoneMatch, version);
}

/** Compared weakly: the versions we give out are weak, and a client may leave the mark out. */
function names(header: string, version: number): boolean {
  const wanted = `"${version}"`;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === wanted);
}
