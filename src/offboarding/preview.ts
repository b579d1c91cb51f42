import { z } from 'zod';
import type { NewId } from '../kernel/ids.ts';
import type { ActionContext, ActionResult, FinishedStep, Playbook, Succession, Target } from '../targets/target.ts';
import type { Step } from './case.ts';
import { plan, planFollowUps } from './plan.ts';
import { type Policy, protectedBy } from './policy.ts';
import type { SuccessionFor } from './succession.ts';

export const previewView = z.object({
  person: z.object({ email: z.string() }),
  playbook: z.enum(['offboard', 'contain']),
  /** Why the case would wait for approval before anything is done. */
  hold: z.string().nullable(),
  targets: z.array(
    z.object({
      target: z.string(),
      account: z.enum(['found', 'absent', 'unclear']),
      problem: z.string().nullable(),
      steps: z.array(z.object({ phase: z.string(), action: z.string(), subject: z.string().nullable(), name: z.string().nullable() })),
    }),
  ),
});
export type PreviewView = z.infer<typeof previewView>;
type TargetPreview = PreviewView['targets'][number];

export interface PreviewNeeds {
  readonly targets: readonly Target[];
  readonly policy: Policy;
  readonly newId: NewId;
  readonly successionFor?: SuccessionFor | undefined;
}

/** What a case would do, found out by reading only: nothing is stored, and no target is changed. */
export async function preview(
  { targets, policy, newId, successionFor }: PreviewNeeds,
  email: string,
  playbook: Playbook,
  signal: AbortSignal,
): Promise<PreviewView> {
  const pattern = protectedBy(email, policy.protected);
  const succession = successionFor?.({ email, caseId: null, step: null, signal });
  return {
    person: { email },
    playbook,
    hold: pattern === null ? null : `${email} is protected (policy.protected: ${pattern})`,
    targets: await Promise.all(targets.map(async (target) => await previewTarget(target, email, playbook, newId, succession, signal))),
  };
}

async function previewTarget(
  target: Target,
  email: string,
  playbook: Playbook,
  newId: NewId,
  succession: Succession | undefined,
  signal: AbortSignal,
): Promise<TargetPreview> {
  let steps = plan([target], playbook, newId);
  const finished: FinishedStep[] = [];
  for (const step of steps.filter(({ phase }) => phase === 'resolve' || phase === 'inventory')) {
    const result = await target.perform(step.action, contextOf(step, email, finished, succession, signal));
    if (result.kind !== 'done') {
      return {
        target: target.id,
        account: accountAfter(result, finished),
        problem: problemOf(result),
        steps: result.kind === 'account-absent' ? [] : steps.map(show),
      };
    }
    finished.push({ action: step.action, subject: null, outcome: result.outcome, facts: result.facts ?? {} });
    steps = [...steps, ...planFollowUps(target, result.followUps ?? [], steps, newId)].sort((a, b) => a.position - b.position);
  }
  return { target: target.id, account: 'found', problem: null, steps: steps.map(show) };
}

function contextOf(
  step: Step,
  email: string,
  finished: readonly FinishedStep[],
  succession: Succession | undefined,
  signal: AbortSignal,
): ActionContext {
  return {
    person: { email, name: null },
    stepId: step.id,
    subject: null,
    facts: {},
    repeated: false,
    finished,
    leavingAccounts: new Set(),
    ...(succession && { succession }),
    signal,
  };
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

function show(step: Step): TargetPreview['steps'][number] {
  const { name } = step.facts;
  return { phase: step.phase, action: step.action, subject: step.subject, name: typeof name === 'string' ? name : null };
}
