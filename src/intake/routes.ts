import { z } from 'zod';
import type { RequireRole } from '../http/auth.ts';
import type { Http } from '../http/build-http.ts';
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
export function signalRoutes(http: Http, intake: Intake, requireRole: RequireRole): void {
  const page = z.object({ items: z.array(signalView), nextCursor: z.string().nullable() });
  http.get(
    '/v1/signals',
    {
      schema: {
        tags: ['cases'],
        summary: 'Every signal that was received, newest first',
        security: [{ operator: [] }],
        querystring,
        response: { 200: page, 400: problemView, 401: problemView, 403: problemView },
      },
      onRequest: requireRole('viewer'),
    },
    async (request) => await intake.list(request.query),
  );
}
