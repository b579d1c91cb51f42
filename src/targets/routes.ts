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
  actions: z.array(z.object({ action: z.string(), phase: z.string() })),
  reachable: z.boolean(),
  detail: z.string(),
});

const PROBE_MS = 10_000;

/** What each target can do, and whether it answers; found out by reading only. */
export function targetRoutes(http: Http, targets: readonly Target[], requireRole: RequireRole): void {
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
    async () => ({ items: await Promise.all(targets.map(describe)) }),
  );
}

async function describe(target: Target): Promise<z.infer<typeof targetView>> {
  const { id, kind, capabilities } = target;
  const actions = target.actions.map(({ action, phase }) => ({ action, phase }));
  return { id, kind, capabilities: { ...capabilities }, actions, ...(await target.probe(AbortSignal.timeout(PROBE_MS))) };
}
