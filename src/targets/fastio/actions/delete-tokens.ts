import { resultOfFault } from '../../fault.ts';
import { done } from '../../results.ts';
import { type FastioAction, forAccount } from '../attempt.ts';

/** Deletes every API token of the account. The target offers no list to check it by, and doing it twice does no harm, so a repeated attempt simply does it. */
export const deleteTokens: FastioAction = {
  action: 'delete-tokens',
  phase: 'contain',
  after: ['suspend'],
  playbooks: ['offboard', 'contain'],
  observed: 'nothing shows it; done again, it changes nothing',
  lasting: 'API tokens that were deleted stay deleted: agents and integrations need new ones',
  run: forAccount(async ({ api }, { userId }) => {
    const answer = await api.deleteTokens(userId);
    if (answer.kind === 'fault') return resultOfFault(answer);
    if (answer.status === 404) return done('already-absent', {});
    return done('acknowledged', { deleted: answer.status === 200 ? (answer.body?.deleted ?? null) : null });
  }),
};
