import { z } from 'zod';
import type { NewId } from '../kernel/ids.ts';
import type { ActionContext, ActionResult, FinishedStep, NotOffered, Playbook, Target } from '../targets/target.ts';
import type { Step } from './case.ts';
import { plan, planFollowUps } from './plan.ts';
import { type Policy, protectedBy } from './policy.ts';
import type { SuccessionFor } from './succession.ts';

const previewStepView = z.object({
  phase: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  name: z.string().nullable(),
  /** What stays reachable because the target does not offer this, for how long, and what a person should do; null where it does. */
  notOffered: z
    .object({ capability: z.string(), residual: z.string().nullable(), lasts: z.string().nullable(), advice: z.string().nullable() })
    .nullable(),
});

export const previewView = z
  .object({
    person: z.object({ email: z.string() }),
    playbook: z.enum(['offboard', 'contain']),
    /** Why the case would wait for approval before anything is done. */
    hold: z.string().nullable(),
    targets: z.array(
      z.object({
        target: z.string(),
        account: z.enum(['found', 'absent', 'unclear']),
        accountId: z.string().nullable(),
        /** Who would get what the person owns; null where nothing is handed over, or nobody is known yet. */
        successor: z.object({ accountId: z.string(), email: z.string().nullable(), source: z.string() }).nullable(),
        problem: z.string().nullable(),
        steps: z.array(previewStepView),
      }),
    ),
  })
  .meta({ id: 'Plan' });
export type PreviewView = z.infer<typeof previewView>;
type TargetPreview = PreviewView['targets'][number];

export interface PreviewNeeds {
  readonly targets: readonly Target[];
  readonly policy: Policy;
  readonly newId: NewId;
  /** Accounts of the target whose owners are leaving already. */
  readonly leavingAccounts: (target: string) => Promise<ReadonlySet<string>>;
  readonly successionFor?: SuccessionFor | undefined;
}

/** What a case would do, in which order, and what it cannot do; found out by reading only: nothing is stored, and no target is changed. */
export async function preview(
  { targets, policy, newId, leavingAccounts, successionFor }: PreviewNeeds,
  email: string,
  playbook: Playbook,
  signal: AbortSignal,
): Promise<PreviewView> {
  const pattern = protectedBy(email, policy.protected);
  const succession = successionFor?.({ email, caseId: null, step: null, signal });
  const look = async (target: Target): Promise<TargetPreview> =>
    await previewTarget({
      target,
      playbook,
      newId,
      email,
      signal,
      leavingAccounts: await leavingAccounts(target.id),
      ...(succession && { succession }),
    });
  return {
    person: { email },
    playbook,
    hold: pattern === null ? null : `${email} is protected (policy.protected: ${pattern})`,
    targets: await Promise.all(targets.map(look)),
  };
}

interface Look extends Pick<ActionContext, 'signal' | 'leavingAccounts' | 'succession'> {
  readonly target: Target;
  readonly playbook: Playbook;
  readonly newId: NewId;
  readonly email: string;
}

async function previewTarget({ target, playbook, newId, ...asked }: Look): Promise<TargetPreview> {
  let steps = plan([target], playbook, newId);
  const finished: FinishedStep[] = [];
  for (const step of steps.filter(({ phase }) => phase === 'resolve' || phase === 'inventory')) {
    const result = await target.perform(step.action, contextOf(step, finished, asked));
    if (result.kind !== 'done') {
      const found = { account: accountAfter(result, finished), problem: problemOf(result) };
      return viewTarget(target, finished, found, result.kind === 'account-absent' ? [] : steps);
    }
    finished.push({ action: step.action, subject: null, outcome: result.outcome, facts: result.facts ?? {} });
    steps = [...steps, ...planFollowUps(target, result.followUps ?? [], steps, newId)].sort((a, b) => a.position - b.position);
  }
  return viewTarget(target, finished, { account: 'found', problem: null }, steps);
}

function contextOf(
  step: Step,
  finished: readonly FinishedStep[],
  { email, ...asked }: Pick<Look, 'email' | 'signal' | 'leavingAccounts' | 'succession'>,
): ActionContext {
  return { person: { email, name: null }, stepId: step.id, subject: null, facts: {}, repeated: false, finished, ...asked };
}

function accountAfter(result: ActionResult, finished: readonly FinishedStep[]): TargetPreview['account'] {
  return result.kind === 'account-absent' ? 'absent' : finished.length > 0 ? 'found' : 'unclear';
}

function problemOf(result: ActionResult): string | null {
  if (result.kind === 'ask-first') {
    return result.reason;
  }
  return result.kind === 'refused' || result.kind === 'retry-later' ? result.error.message : null;
}

const account = z.object({ userId: z.string() });
const successor = z.object({ successor: z.object({ accountId: z.string(), email: z.string().nullable(), source: z.string() }) });

function viewTarget(
  { id, actions }: Target,
  finished: readonly FinishedStep[],
  found: Pick<TargetPreview, 'account' | 'problem'>,
  steps: readonly Step[],
): TargetPreview {
  const lacks = new Map(actions.flatMap(({ action, notOffered }) => (notOffered ? [[action, notOffered]] : [])));
  return {
    target: id,
    ...found,
    accountId: firstOf(finished, account)?.userId ?? null,
    successor: firstOf(finished, successor)?.successor ?? null,
    steps: steps.map((step) => viewStep(step, lacks.get(step.action))),
  };
}

function firstOf<T>(finished: readonly FinishedStep[], shape: z.ZodType<T>): T | undefined {
  return finished.map(({ facts }) => shape.safeParse(facts).data).find((found) => found !== undefined);
}

function viewStep({ phase, action, subject, facts: { name } }: Step, lacks: NotOffered | undefined): TargetPreview['steps'][number] {
  return { phase, action, subject, name: typeof name === 'string' ? name : null, notOffered: lacks ? viewLack(lacks) : null };
}

function viewLack({ capability, residual, lasts, advice }: NotOffered): TargetPreview['steps'][number]['notOffered'] {
  return { capability, residual: residual ?? null, lasts: lasts ?? null, advice: advice ?? null };
}
