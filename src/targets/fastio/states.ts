/** Words by which Fastio may say that an invitation has not been accepted yet. */
const INVITED = new Set(['invited', 'pending']);
/** Words by which it may say that nobody can sign in with the account. */
const LOCKED_OUT = new Set(['suspended', 'deactivated', 'disabled', 'inactive']);

export function isInvited(status: string): boolean {
  return INVITED.has(status.toLowerCase());
}

export function isLockedOut(status: string): boolean {
  return LOCKED_OUT.has(status.toLowerCase());
}
