import { z } from 'zod';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { describeTarget, targetView } from './manifest.ts';
import type { Target } from './target.ts';

export interface TargetRoutesNeeds {
  readonly targets: readonly Target[];
  /** The targets that are down, and since when. */
  readonly outages: () => Promise<ReadonlyMap<string, Date>>;
}

/** What each target can do, whether it answers, and whether we may do our work there; found out by reading only. */
export function targetRoutes(routes: OperatorRoutes, { targets, outages }: TargetRoutesNeeds): void {
  routes.get(
    '/v1/targets',
    'viewer',
    {
      tags: ['cases'],
      summary: 'What each target can do, whether it answers, and whether its credential has the rights it needs',
      response: { 200: z.object({ items: z.array(targetView) }) },
    },
    async () => {
      const down = await outages();
      return { items: await Promise.all(targets.map(async (target) => await describeTarget(target, down.get(target.id)))) };
    },
  );
}
