import { z } from 'zod';
import type { RequireRole } from '../http/auth.ts';
import type { Http } from '../http/build-http.ts';
import { problemView } from '../http/problem.ts';
import { describeTarget, targetView } from './manifest.ts';
import type { Target } from './target.ts';

export interface TargetRoutesNeeds {
  readonly targets: readonly Target[];
  /** The targets that are down, and since when. */
  readonly outages: () => Promise<ReadonlyMap<string, Date>>;
  readonly requireRole: RequireRole;
}

/** What each target can do, whether it answers, and whether we may do our work there; found out by reading only. */
export function targetRoutes(http: Http, { targets, outages, requireRole }: TargetRoutesNeeds): void {
  http.get(
    '/v1/targets',
    {
      schema: {
        tags: ['cases'],
        summary: 'What each target can do, whether it answers, and whether its credential has the rights it needs',
        security: [{ operator: [] }],
        response: { 200: z.object({ items: z.array(targetView) }), 401: problemView, 403: problemView },
      },
      onRequest: requireRole('viewer'),
    },
    async () => {
      const down = await outages();
      return { items: await Promise.all(targets.map(async (target) => await describeTarget(target, down.get(target.id)))) };
    },
  );
}
