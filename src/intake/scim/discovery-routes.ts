import { z } from 'zod';
import type { Http } from '../../http/build-http.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import { readParameters } from './list-query.ts';
import { listResponse } from './read-resource.ts';
import type { CallerOf } from './routes.ts';
import { scimErrorView } from './scim-error.ts';

const params = z.object({ connection: z.string() });
const itemParams = z.object({ connection: z.string(), id: z.string() });
const view = z.looseObject({}).describe('A document of RFC 7643');
const response = { 200: view, 401: scimErrorView, 403: scimErrorView, 404: scimErrorView, 429: scimErrorView };
const described = (summary: string) => ({ tags: ['intake'], summary, security: [{ scim: [] }] });

/** What there is, for clients that ask, RFC 7644 section 4. */
export function discoveryRoutes(scope: Http, root: string, callerOf: CallerOf): void {
  const config = { ...described('SCIM: what this service provider can do'), params, response };
  scope.get(`${root}/ServiceProviderConfig`, { schema: config }, async (request) => {
    refuseFilter(request.query);
    return serviceProviderConfig(callerOf(request).base);
  });
  documentRoutes(scope, `${root}/ResourceTypes`, 'SCIM: the types of resources', (request) => resourceTypes(callerOf(request).base));
  documentRoutes(scope, `${root}/Schemas`, 'SCIM: what resources are made of', (request) => schemas(callerOf(request).base));
}

function documentRoutes(scope: Http, path: string, summary: string, documentsFor: (request: object) => readonly JsonObject[]): void {
  scope.get(path, { schema: { ...described(summary), params, response } }, async (request) => {
    refuseFilter(request.query);
    return listResponse(documentsFor(request));
  });
  scope.get(`${path}/:id`, { schema: { ...described(`${summary}, one of them`), params: itemParams, response } }, async (request) => {
    const wanted = request.params.id.toLowerCase();
    const found = documentsFor(request).find(({ id }) => String(id).toLowerCase() === wanted);
    if (!found) {
      throw new LeaverError('not-found', 'There is no such document.');
    }
    return found;
  });
}

/** RFC 7644 section 4 wants these searched by nobody. */
function refuseFilter(query: unknown): void {
  if (readParameters(query).filter !== undefined) {
    throw new LeaverError('forbidden', 'A filter is not taken here; the whole list is the answer.');
  }
}
