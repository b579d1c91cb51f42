import { z } from 'zod';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { problemView } from '../http/problem.ts';
import { isStorable } from '../kernel/text.ts';
import type { Intake } from './intake.ts';
import { DISPOSITIONS } from './signal.ts';

const signalView = z
  .object({
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
  })
  .meta({
    id: 'Signal',
    examples: [
      {
        id: '5b2f6f0e-8f3e-4d0c-9c39-0a4b8f4a7d52',
        connection: 'okta-main',
        channel: 'okta-event-hook',
        kind: 'user.lifecycle.deactivate',
        eventId: '3f1c5b8e-5d3a-11f0-9d7e-0b2a4c6e8f10',
        disposition: 'accepted',
        reason: null,
        caseId: '0d6f0b5e-6f0a-4b65-9d0c-5a9f2f3c1b11',
        occurredAt: '2026-03-02T16:59:58.000Z',
        receivedAt: '2026-03-02T17:00:00.398Z',
        verifiedBy: 'eventHook.secrets[0]',
      },
    ],
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
