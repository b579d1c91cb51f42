import { z } from 'zod';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { problemView } from '../http/problem.ts';
import { isStorable } from '../kernel/text.ts';
import type { Intake } from './intake.ts';
import { DISPOSITIONS } from './signal.ts';

const signalView = z.object({
  id: z.uuid(),
  connection: z.string(),
  channel: z.string(),
  kind: z.string(),
  eventId: z.string(),
  disposition: z.enum(DISPOSITIONS),
  reason: z.string().nullable(),
  caseId: z.uuid().nullable(),
  occurredAt: z.iso.datetime().nullable(),
  receivedAt: z.iso.datetime(),
  verifiedBy: z.string(),
});

const querystring = z.strictObject({
  connection: z.string().refine(isStorable, 'must not hold NUL characters').optional(),
  disposition: z.enum(DISPOSITIONS).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
});

/** What came in, and what became of it. */
export function signalRoutes(routes: OperatorRoutes, intake: Intake): void {
  const page = z.object({ items: z.array(signalView), nextCursor: z.string().nullable() });
  routes.get(
    '/v1/signals',
    'viewer',
    {
      tags: ['cases'],
      summary: 'Every signal that was received, newest first',
      querystring,
      response: { 200: page, 400: problemView },
    },
    async (request) => await intake.list(request.query),
  );
}
