import type { JsonObject } from '../kernel/json.ts';
import type { Fault } from './fault.ts';
import { done } from './results.ts';
import type { ActionContext, ActionDefinition, ActionResult, HandOverNotice, Telling, TellSuccessor } from './target.ts';

/** How a plan knows the step that tells successors, whichever the target. */
export const NOTIFY_SUCCESSOR = {
  action: 'notify-successor',
  phase: 'notify',
  after: ['verify-audit'],
  playbooks: ['offboard'],
  observed: 'the outbox: a mail that is on its way, or was taken, is not sent again',
} as const satisfies ActionDefinition;

/** Something that came to a successor. */
export interface Received {
  readonly id: string;
  readonly name: string;
  readonly successor: string;
}

export interface TellingNeeds {
  /** The target's id, for messages. */
  readonly target: string;
  readonly context: ActionContext;
  /** Left out where nothing is configured to tell successors by. */
  readonly tellSuccessor: TellSuccessor | undefined;
  readonly received: readonly Received[];
  /** What became of the credentials of the leaver. */
  readonly credentials: Pick<HandOverNotice, 'tokens' | 'webhooks' | 'keepsKeys'>;
  /** The address that the target has for the account, whatever it looks like. */
  readonly addressOf: (accountId: string) => Promise<string | null | Fault>;
}

/** What came of telling each successor: that one is waited for, or what is to be kept of it. */
export type Told =
  | { readonly kind: 'told'; readonly mails: readonly JsonObject[]; readonly untold: readonly JsonObject[] }
  | Extract<ActionResult, { readonly kind: 'retry-later' }>
  | Fault;

/** Tells each successor by mail what came to them. Nobody is told twice: the step is the key. */
export async function tellSuccessors(needs: TellingNeeds): Promise<Told> {
  const bySuccessor = Map.groupBy(needs.received, ({ successor }) => successor);
  const answers = await Promise.all([...bySuccessor].map(async ([successor, theirs]) => await tell(needs, successor, theirs)));
  for (const one of answers) {
    if (one.kind === 'fault') return one;
    if (one.kind === 'waiting') return notYet(needs.target, one.successor, one.problem);
  }
  return {
    kind: 'told',
    mails: answers.flatMap((one) => (one.kind === 'accepted' ? [{ successor: one.successor, messageId: one.messageId }] : [])),
    untold: answers.flatMap((one) => (one.kind === 'refused' ? [{ successor: one.successor, reason: whyNot(one) }] : [])),
  };
}

type Answer = Fault | (Telling & { readonly successor: string });

async function tell(needs: TellingNeeds, successor: string, theirs: readonly Received[]): Promise<Answer> {
  const { target, context, tellSuccessor, credentials, addressOf } = needs;
  if (!tellSuccessor) return { kind: 'refused', successor, problem: 'no mail server is configured (notifications.smtp)' };
  const email = await addressOf(successor);
  if (typeof email === 'object' && email !== null) return email;
  if (email === null || !isAddress(email)) return { kind: 'refused', successor, problem: `${target} does not say their address` };
  const leaver = { email: context.person.email, name: context.person.name };
  const workspaces = theirs.map(({ id, name }) => ({ id, name }));
  return {
    ...(await tellSuccessor({ key: context.stepId, email, target, leaver, workspaces, ...credentials }, context.signal)),
    successor,
  };
}

/** Whether mail can be sent to it. */
function isAddress(email: string): boolean {
  return /^[^\s<>@,;]+@[^\s<>@,;]+$/.test(email);
}

function notYet(target: string, successor: string, problem: string): Told {
  const message = `${target}: the mail to the successor ${successor} could not be sent yet: ${problem}. Check the mail server and notifications.smtp; Leaver tries again by itself.`;
  return { kind: 'retry-later', error: { code: 'unavailable', message } };
}

function whyNot({ successor, problem }: { readonly successor: string; readonly problem: string }): string {
  return `${problem}; a person should tell ${successor} what came to them, and that agents and integrations need new credentials`;
}

/** Acknowledged where every mail was taken; otherwise `not-offered`, with what a person should do. */
export function concludeTelling({ mails, untold }: Extract<Told, { kind: 'told' }>, facts: JsonObject): ActionResult {
  if (untold.length === 0) return done('acknowledged', { ...facts, mails: [...mails] });
  const advice = `Not told by mail: ${untold.map(({ reason }) => reason).join('. ')}.`;
  return done('not-offered', { ...facts, mails: [...mails], untold: [...untold], advice });
}
