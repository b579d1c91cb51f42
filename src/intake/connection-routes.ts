import { z } from 'zod';
import type { RequireRole } from '../http/auth.ts';
import type { Http } from '../http/build-http.ts';
import { problemView } from '../http/problem.ts';
import { type ConnectionToInspect, connectionView, inspectConnection } from './connection.ts';

/** What can be tried of each connection by reading, and what came of it. */
export function connectionRoutes(http: Http, connections: readonly ConnectionToInspect[], requireRole: RequireRole): void {
  http.get(
    '/v1/connections',
    {
      schema: {
        tags: ['cases'],
        summary: 'Whether each connection works, as far as reading can tell, and what to mend',
        security: [{ operator: [] }],
        response: { 200: z.object({ items: z.array(connectionView) }), 401: problemView, 403: problemView },
      },
      onRequest: requireRole('viewer'),
    },
    async () => ({ items: await Promise.all(connections.map(async (connection) => await inspectConnection(connection))) }),
  );
}
