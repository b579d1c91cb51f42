import { z } from 'zod';
import { done } from '../../results.ts';
import type { ActionContext } from '../../target.ts';
import { type FastioAction, forAccount } from '../attempt.ts';
import { type Bound, boundIn, inWords } from '../bound.ts';

const moved = z.object({ name: z.string(), successorId: z.string() });

interface Received {
  readonly id: string;
  readonly name: string;
  readonly successor: string;
}

/** Writes down for each successor what came to them, and what no transfer can carry over: the agents that were bound to the leaver's account. */
export const notifySuccessor: FastioAction = {
  action: 'notify-successor',
  phase: 'notify',
  after: ['verify-audit'],
  playbooks: ['offboard'],
  observed: 'it changes nothing in the target',
  run: forAccount(async ({ context, log, site }, { userId }) => {
    const workspaces = receivedIn(context);
    const bound = boundIn(context);
    const [first, ...others] = [...Map.groupBy(workspaces, ({ successor }) => successor)].map(([successor, theirs]) => ({
      successor,
      workspaces: theirs.map((one) => ({ ...one })),
      notice: noticeFor(theirs, bound),
    }));
    if (!first) return { kind: 'not-needed', reason: 'nothing was handed over' };
    log.info(
      { target: site.id, leaver: userId, workspaces: workspaces.map(({ id, successor }) => ({ id, successor })) },
      'workspaces handed over',
    );
    // Several only where one of them had no room for everything.
    return done('acknowledged', {
      ...first,
      agents: { ...bound, apps: bound.apps.map((app) => ({ ...app })) },
      ...(others.length > 0 && { others }),
    });
  }),
};

/** The transfers that changed an owner; what was gone already came to nobody. */
function receivedIn({ finished }: ActionContext): Received[] {
  return finished.flatMap(({ action, subject, outcome, facts }) => {
    const { data } = moved.safeParse(facts);
    const transferred = action === 'transfer-workspace' && (outcome === 'verified' || outcome === 'acknowledged');
    return transferred && subject && data ? [{ id: subject, name: data.name, successor: data.successorId }] : [];
  });
}

function noticeFor(workspaces: readonly Received[], bound: Bound): string {
  const names = workspaces.map(({ id, name }) => `${name} (${id})`).join(', ');
  const advice =
    "Agents and integrations that used credentials made under the previous owner's account no longer work: make new credentials for them under your own account.";
  return [`You now own: ${names}.`, advice, ...inWords(bound)].join(' ');
}
