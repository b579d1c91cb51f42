import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { operatorName } from '../http/auth.ts';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { problemView } from '../http/problem.ts';
import { isStorable } from '../kernel/text.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { erase } from './erase.ts';

export interface RetentionRoutesNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
}

/** The route by which a person is forgotten. */
export function retentionRoutes(routes: OperatorRoutes, { db, ledger }: RetentionRoutesNeeds): void {
  const schema = {
    tags: ['record'],
    summary: 'Forget a person whose cases are over; the ledger says so, and still verifies',
    body: z
      .strictObject({
        email: z.email().max(320),
        reason: z.string().trim().min(1).max(1_000).refine(isStorable, 'must not hold NUL characters'),
      })
      .meta({ examples: [{ email: 'ada@example.com', reason: 'asked for by herself' }] }),
    response: {
      200: z.object({ cases: z.array(z.uuid()), signals: z.int() }),
      400: problemView,
      404: problemView,
      409: problemView,
    },
  };
  routes.post('/v1/erasures', 'admin', schema, async (request) => {
    const by = operatorName(request);
    const { cases, signals } = await erase({ db, ledger }, { ...request.body, by });
    request.log.info({ operator: by, cases, signals }, 'a person was erased');
    return { cases: [...cases], signals };
  });
}
