import { resultOfFault } from '../../fault.ts';
import { done } from '../../results.ts';
import { type FastioAction, forAccount } from '../attempt.ts';

/** Ends every session. The target offers no list to check it by, and doing it twice does no harm, so a repeated attempt simply does it. */
export const revokeSessions: FastioAction = {
  action: 'revoke-sessions',
  phase: 'contain',
  after: ['suspend'],
  playbooks: ['offboard', 'contain'],
  observed: 'nothing shows it; done again, it changes nothing',
  lasting: 'sessions that were ended stay ended, and file locks that were released stay released: the person signs in again',
  run: forAccount(async ({ api }, { userId }) => {
    const answer = await api.revokeSessions(userId);
    if (answer.kind === 'fault') return resultOfFault(answer);
    if (answer.status === 404) return done('already-absent', {});
    const counts = answer.status === 200 ? answer.body : null;
    return done('acknowledged', { revoked: counts?.revoked ?? null, locksReleased: counts?.locks_released ?? null });
  }),
};
