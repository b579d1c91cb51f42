import { z } from 'zod';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import type { Target } from './target.ts';

const capability = z.object({ support: z.enum(['yes', 'self-only', 'not-offered']), residual: z.string().optional() });
const targetView = z
  .object({
    id: z.string(),
    kind: z.string(),
    capabilities: z.record(z.string(), capability),
    actions: z.array(z.object({ action: z.string(), phase: z.string(), observed: z.string(), undoes: z.string().optional() })),
    reachable: z.boolean(),
    detail: z.string(),
    /** Since when nothing but a probe is asked of it, because it does not answer. */
    downSince: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Target' });

const PROBE_MS = 10_000;

export interface TargetRoutesNeeds {
  readonly targets: readonly Target[];
  /** The targets that are down, and since when. */
  readonly outages: () => Promise<ReadonlyMap<string, Date>>;
}

/** What each target can do, and whether it answers; found out by reading only. */
export function targetRoutes(routes: OperatorRoutes, { targets, outages }: TargetRoutesNeeds): void {
  routes.get(
    '/v1/targets',
    'viewer',
    {
      tags: ['cases'],
      summary: 'What each target can do, and whether it answers',
      response: { 200: z.object({ items: z.array(targetView) }) },
    },
    async () => {
      const down = await outages();
      return { items: await Promise.all(targets.map(async (target) => await describe(target, down.get(target.id)))) };
    },
  );
}

async function describe(target: Target, downSince: Date | undefined): Promise<z.infer<typeof targetView>> {
  const { id, kind, capabilities } = target;
  const actions = target.actions.map(({ action, phase, observed, undoes }) => ({
    action,
    phase,
    observed,
    ...(undoes !== undefined && { undoes }),
  }));
  const reachability = await target.probe(AbortSignal.timeout(PROBE_MS));
  return { id, kind, capabilities: { ...capabilities }, actions, ...reachability, downSince: downSince?.toISOString() ?? null };
}
