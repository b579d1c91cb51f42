import type { JsonObject } from '../../../kernel/json.ts';
import { type Fault, resultOfFault } from '../../fault.ts';
import { done } from '../../results.ts';
import type { ActionContext, ActionResult, Telling } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import { type Bound, boundIn, inWords } from '../bound.ts';
import { deletedOf, inventoryOf, movedTo } from '../facts.ts';
import { findMember } from '../members.ts';

interface Received {
  readonly id: string;
  readonly name: string;
  readonly successor: string;
}

/**
 * Tells the successor by mail what came to them, and what no transfer can carry over. Done as `acknowledged` when the mail server took every mail; as
 * `not-offered` when nothing is configured to send mail by, or it cannot be sent: then the facts say that a person should tell them.
 */
export const notifySuccessor: FastioAction = {
  action: 'notify-successor',
  phase: 'notify',
  after: ['verify-audit'],
  playbooks: ['offboard'],
  observed: 'the outbox: a mail that is on its way, or was taken, is not sent again',
  run: forAccount(async (attempt, { userId }) => {
    const workspaces = receivedIn(attempt.context);
    if (workspaces.length === 0) return { kind: 'not-needed', reason: 'nothing was handed over' };
    attempt.log.info(
      { target: attempt.site.id, leaver: userId, workspaces: workspaces.map(({ id, successor }) => ({ id, successor })) },
      'workspaces handed over',
    );
    const told = await Promise.all(
      [...Map.groupBy(workspaces, ({ successor }) => successor)].map(async ([successor, theirs]) => await tell(attempt, successor, theirs)),
    );
    return conclude(attempt, workspaces, told);
  }),
};

/** The transfers that changed an owner; what was gone already came to nobody. */
function receivedIn({ finished }: ActionContext): Received[] {
  return finished.flatMap(({ action, subject, outcome, facts }) => {
    const moved = movedTo(facts);
    const transferred = action === 'transfer-workspace' && (outcome === 'verified' || outcome === 'acknowledged');
    return transferred && subject && moved ? [{ id: subject, name: moved.name, successor: moved.successorId }] : [];
  });
}

type Told = Fault | (Telling & { readonly successor: string });

async function tell(attempt: Attempt, successor: string, theirs: readonly Received[]): Promise<Told> {
  const { context, site, tellSuccessor } = attempt;
  if (!tellSuccessor) return { kind: 'refused', successor, problem: 'no mail server is configured (notifications.smtp)' };
  const email = await emailOf(attempt, successor);
  if (typeof email === 'object' && email !== null) return email;
  if (email === null) return { kind: 'refused', successor, problem: `${site.id} does not say their address` };
  const { email: leaver, name } = context.person;
  const workspaces = theirs.map(({ id, name }) => ({ id, name }));
  const notice = { key: context.stepId, email, target: site.id, leaver: { email: leaver, name }, workspaces, ...deletedOf(context) };
  return { ...(await tellSuccessor(notice, context.signal)), successor };
}

/** The address that the target has for the account; null when it has none that mail can be sent to. */
async function emailOf({ api, context }: Attempt, accountId: string): Promise<string | null | Fault> {
  const planned = inventoryOf(context).successor;
  if (planned?.accountId === accountId && isAddress(planned.email)) return planned.email;
  const found = await findMember(api, accountId, null);
  if (found.kind === 'fault') return found;
  return found.kind === 'member' && isAddress(found.member.email) ? found.member.email : null;
}

function isAddress(email: string | null): email is string {
  return email !== null && /^[^\s<>@,;]+@[^\s<>@,;]+$/.test(email);
}

function conclude({ site, context }: Attempt, workspaces: readonly Received[], told: readonly Told[]): ActionResult {
  for (const one of told) {
    if (one.kind === 'fault') return resultOfFault(one);
    if (one.kind === 'waiting') {
      const message = `${site.id}: the mail to the successor ${one.successor} could not be sent yet: ${one.problem}. Check the mail server and notifications.smtp; Leaver tries again by itself.`;
      return { kind: 'retry-later', error: { code: 'unavailable', message } };
    }
  }
  const untold = told.flatMap((one) => (one.kind === 'refused' ? [one] : []));
  const bound = boundIn(context);
  const facts = {
    agents: { ...bound, apps: bound.apps.map((app) => ({ ...app })) },
    successor: workspaces[0]?.successor ?? '',
    workspaces: workspaces.map((one) => ({ ...one })),
    notice: noticeFor(workspaces, bound),
  };
  const mails = told.flatMap((one) => (one.kind === 'accepted' ? [{ successor: one.successor, messageId: one.messageId }] : []));
  return untold.length === 0
    ? done('acknowledged', { ...facts, mails })
    : done('not-offered', { ...facts, mails, untold: untold.map(whyNot) });
}

function whyNot({ successor, problem }: { readonly successor: string; readonly problem: string }): JsonObject {
  return {
    successor,
    reason: `${problem}; a person should tell ${successor} what came to them, and that agents and integrations need new credentials`,
  };
}

function noticeFor(workspaces: readonly Received[], bound: Bound): string {
  const names = workspaces.map(({ id, name }) => `${name} (${id})`).join(', ');
  const advice =
    "Agents and integrations that used credentials made under the previous owner's account no longer work: make new credentials for them under your own account.";
  return [`You now own: ${names}.`, advice, ...inWords(bound)].join(' ');
}
