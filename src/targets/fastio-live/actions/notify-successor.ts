import { done } from '../../results.ts';
import { forAccount, type LiveAction } from '../attempt.ts';
import { handedOver } from '../facts.ts';

/** Writes down for the successor what came to them, and what no transfer can carry over. */
export const notifySuccessor: LiveAction = {
  action: 'notify-successor',
  phase: 'notify',
  after: ['verify-audit'],
  playbooks: ['offboard'],
  observed: 'it changes nothing in the target',
  run: forAccount(async ({ context, log, site }, { userId }) => {
    const received = handedOver(context);
    const [first] = received;
    if (!first) return { kind: 'not-needed', reason: 'nothing was handed over' };
    const moved = received.map(({ subject, successor }) => ({ id: subject, successor }));
    log.info({ target: site.id, leaver: userId, places: moved }, 'workspaces and shares handed over');
    const names = received.map(({ subject, name }) => (name === '' ? subject : `${name} (${subject})`)).join(', ');
    const notice = `You now own: ${names}. Agents and integrations that used keys of the previous owner can no longer reach them: make new keys under your own account.`;
    return done('acknowledged', { successor: first.successor, places: received.map((one) => ({ ...one })), notice });
  }),
};
