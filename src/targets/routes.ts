import { z } from 'zod';
import type { RequireRole } from '../http/auth.ts';
import type { Http } from '../http/build-http.ts';
import { problemView } from '../http/problem.ts';
import type { Target } from './target.ts';

const capability = z.object({ support: z.enum(['yes', 'self-only', 'not-offered']), residual: z.string().optional() });
const targetView = z.object({
  id: z.string(),
  kind: z.string(),
  capabilities: z.record(z.string(), capability),
  actions: z.array(z.object({ action: z.string(), phase: z.string(), observed: z.string(), undoes: z.string().optional() })),
  reachable: z.boolean(),
  detail: z.string(),
  /** Since when nothing but a probe is asked of it, because it does not answer. */
  downSince: z.iso.datetime().nullable(),
});

const PROBE_MS = 10_000;

export interface TargetRoutesNeeds {
  readonly targets: readonly Target[];
  /** The targets that are down, and since when. */
  readonly outages: () => Promise<ReadonlyMap<string, Date>>;
  readonly requireRole: RequireRole;
}

/** What each target can do, and whether it answers; found out by reading only. */
export function targetRoutes(http: Http, { targets, outages, requireRole }: TargetRoutesNeeds): void {
  http.get(
    '/v1/targets',
    {
      schema: {
        tags: ['cases'],
        summary: 'What each target can do, and whether it answers',
        security: [{ operator: [] }],
        response: { 200: z.object({ items: z.array(targetView) }), 401: problemView, 403: problemView },
      },
      onRequest: requireRole('viewer'),
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
