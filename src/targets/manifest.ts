import { z } from 'zod';
import { type Check, VERDICTS } from '../kernel/check.ts';
import type { ActionDefinition, Target } from './target.ts';

const capabilityView = z.object({
  support: z.enum(['yes', 'self-only', 'not-offered']),
  residual: z.string().optional(),
  lasts: z.string().optional(),
  advice: z.string().optional(),
});
const actionView = z.object({
  action: z.string(),
  phase: z.string(),
  observed: z.string(),
  undoes: z.string().optional(),
  /** Set where the step only states that the target does not offer this. */
  notOffered: z.string().optional(),
});
const checkView = z.object({ what: z.string(), verdict: z.enum(VERDICTS), detail: z.string() });

/** A target as the operator API describes it. */
export const targetView = z
  .object({
    id: z.string(),
    kind: z.string(),
    capabilities: z.record(z.string(), capabilityView),
    /** How the account of a person is found; null where the target does not say. */
    resolution: z.string().nullable(),
    actions: z.array(actionView),
    reachable: z.boolean(),
    detail: z.string(),
    /** Whether the credential has the rights that the actions need, and the settings fit; found out by reads. */
    checks: z.array(checkView),
    /** Since when nothing but a probe is asked of it, because it does not answer. */
    downSince: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Target' });
export type TargetView = z.infer<typeof targetView>;

const LOOK_WITHIN_MS = 10_000;

/** What the target can do, whether it answers now, and whether it lets us do our work. It is only read, and for a limited time. */
export async function describeTarget(target: Target, downSince: Date | undefined, withinMs = LOOK_WITHIN_MS): Promise<TargetView> {
  const { id, kind, capabilities, resolution = null, actions } = target;
  return {
    id,
    kind,
    capabilities: { ...capabilities },
    resolution,
    actions: actions.map(viewAction),
    ...(await look(target, AbortSignal.timeout(withinMs), withinMs)),
    downSince: downSince?.toISOString() ?? null,
  };
}

function viewAction({ action, phase, observed, undoes, notOffered }: ActionDefinition): TargetView['actions'][number] {
  return { action, phase, observed, ...(undoes !== undefined && { undoes }), ...(notOffered && { notOffered: notOffered.capability }) };
}

type Seen = Pick<TargetView, 'reachable' | 'detail' | 'checks'>;

/** What does not answer is asked nothing more. */
async function look(target: Target, signal: AbortSignal, withinMs: number): Promise<Seen> {
  try {
    const { reachable, detail } = await target.probe(signal);
    return { reachable, detail, checks: reachable ? await inspected(target, signal, withinMs) : [] };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { reachable: false, detail: `${target.id}: there was no answer within ${withinMs / 1_000} seconds`, checks: [] };
  }
}

async function inspected(target: Target, signal: AbortSignal, withinMs: number): Promise<Check[]> {
  try {
    return [...((await target.inspect?.(signal)) ?? [])];
  } catch (error) {
    if (!signal.aborted) throw error;
    const detail = `${target.id} answers, but not everything could be looked at within ${withinMs / 1_000} seconds`;
    return [{ what: 'rights and settings', verdict: 'unclear', detail }];
  }
}
