import { z } from 'zod';
import { lastEventId, sendEvents, toEvent } from '../http/event-stream.ts';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { problemView } from '../http/problem.ts';
import type { StoredEntry } from '../ledger/ledger.ts';
import type { Offboarding } from './offboarding.ts';
import type { CaseView } from './views.ts';

export interface StreamRouteNeeds {
  readonly offboarding: Offboarding;
  /** Aborted when the server closes: open streams end then. */
  readonly closing: AbortSignal;
}

/** What happens to a case, told while it happens. */
export function streamRoute(routes: OperatorRoutes, { offboarding, closing }: StreamRouteNeeds): void {
  const schema = {
    tags: ['cases'],
    summary: 'What happens to a case, as it is recorded: server-sent events named step and case; Last-Event-ID resumes',
    params: z.object({ id: z.string() }),
    headers: z.looseObject({
      'last-event-id': z.string().optional().describe('The id of the last event that was seen; what came after it is told'),
    }),
    response: {
      200: { description: 'Events, until the case is over', content: { 'text/event-stream': { schema: z.string() } } },
      404: problemView,
    },
  };
  routes.get('/v1/cases/:id/stream', 'viewer', schema, async (request, reply) => {
    const { id } = request.params;
    await offboarding.show(id);
    await sendEvents(request, reply, { closing }, async ({ signal, send }) => {
      for await (const entries of offboarding.follow(id, lastEventId(request), signal)) {
        const view = await offboarding.show(id);
        await send(entries.map((entry) => tell(entry, view)).join(''));
      }
    });
  });
}

/** A step's change carries the step as it is now and the kind of change, anything else the state of the case. */
function tell({ id, entry }: StoredEntry, view: CaseView): string {
  const step = view.steps.find((one) => one.id === entry.data['step']);
  const about = { at: entry.at, kind: entry.kind, change: entry.data };
  return step
    ? toEvent(id, 'step', { ...about, step })
    : toEvent(id, 'case', { ...about, case: { id: view.id, state: view.state, reason: view.reason } });
}
