import { z } from 'zod';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { type ConnectionToInspect, connectionView, inspectConnection } from './connection.ts';

/** What can be tried of each connection by reading, and what came of it. */
export function connectionRoutes(routes: OperatorRoutes, connections: readonly ConnectionToInspect[]): void {
  routes.get(
    '/v1/connections',
    'viewer',
    {
      tags: ['cases'],
      summary: 'Whether each connection works, as far as reading can tell, and what to mend',
      response: { 200: z.object({ items: z.array(connectionView) }) },
    },
    async () => ({ items: await Promise.all(connections.map(async (connection) => await inspectConnection(connection))) }),
  );
}
