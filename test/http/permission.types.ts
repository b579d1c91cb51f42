import { z } from 'zod';
import type { OperatorRoutes } from '../../src/http/operator-routes.ts';

/**
 * Never run: the compiler is the test. Each `@ts-expect-error` is an error of its own when the line below it compiles, so `npm run types` fails as soon
 * as a route could be written without a permission.
 */
export function routesThatDoNotCompile(routes: OperatorRoutes): void {
  const schema = { querystring: z.object({ limit: z.coerce.number() }) };
  const handler = async (): Promise<string> => 'ok';

  routes.get('/v1/things', 'viewer', schema, handler);
  routes.get('/.well-known/things', 'public', schema, handler);

  // @ts-expect-error: no permission
  routes.get('/v1/things', schema, handler);
  // @ts-expect-error: no permission, no schema
  routes.post('/v1/things', handler);
  // @ts-expect-error: nothing that there is
  routes.get('/v1/things', 'everybody', schema, handler);
  // @ts-expect-error: nothing at all
  routes.get('/v1/things', undefined, schema, handler);
  // @ts-expect-error: an option like any other is no permission
  routes.get('/v1/things', { permission: 'viewer' }, schema, handler);

  routes.get('/v1/things', 'viewer', schema, async (request) => {
    // @ts-expect-error: what the schema does not have cannot be read, so the types of a request do follow from it
    return request.query.cursor;
  });
}
