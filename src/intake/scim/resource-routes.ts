import { z } from 'zod';
import type { Http } from '../../http/build-http.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { scimPatch, scimResource } from '../bodies.ts';
import { rawBodyOf, sha256Of } from '../raw-body.ts';
import { type Conditions, etagOf, isKnownToReader } from './etag.ts';
import { readListQuery, readParameters } from './list-query.ts';
import { locationOf } from './present.ts';
import { type Projection, readProjection } from './projection.ts';
import { readJson } from './read-json.ts';
import { listResources, type Reading, readOneResource, viewWritten } from './read-resource.ts';
import type { CallerOf } from './routes.ts';
import type { ResourceType } from './schemas.ts';
import { scimErrorView } from './scim-error.ts';
import type { Write } from './user.ts';
import { createResource, patchResource, removeResource, replaceResource, type Target, type WriteNeeds } from './write-resource.ts';

export interface ResourceRoutesNeeds extends WriteNeeds {
  readonly root: string;
  readonly type: ResourceType;
  readonly callerOf: CallerOf;
  readonly meanings: Write['meanings'];
}

/** A request, as far as it matters here. */
interface Asked {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: unknown;
  readonly body: unknown;
}

const directory = z.object({ connection: z.string() });
const resource = z.object({ connection: z.string(), id: z.string() });
const resourceView = z.looseObject({}).describe('A resource, RFC 7643');
const emptyView = z.null();
const errors = { 400: scimErrorView, 401: scimErrorView, 404: scimErrorView, 429: scimErrorView, 503: scimErrorView };
const writeErrors = { ...errors, 409: scimErrorView, 412: scimErrorView, 413: scimErrorView, 415: scimErrorView };

/** What can be done with the resources of one type, RFC 7644 section 3. */
export function resourceRoutes(scope: Http, needs: ResourceRoutesNeeds): void {
  const path = `${needs.root}/${needs.type.endpoint}`;
  readRoutes(scope, path, needs);
  createRoute(scope, path, needs);
  changeRoutes(scope, path, needs);
}

const described = (summary: string) => ({ tags: ['intake'], summary, security: [{ scim: [] }] });

function readRoutes(scope: Http, path: string, needs: ResourceRoutesNeeds): void {
  const { type } = needs;
  const list = {
    ...described(`SCIM: ${type.endpoint} that fulfil a filter`),
    params: directory,
    response: { 200: resourceView, ...errors },
  };
  scope.get(path, { schema: list }, async (request) => await listResources(readingOf(needs, request), readListQuery(type, request.query)));
  const one = { ...described(`SCIM: one ${type.name}`), params: resource, response: { 200: resourceView, 304: emptyView, ...errors } };
  scope.get(`${path}/:id`, { schema: one }, async (request, reply) => {
    const { stored, view } = await readOneResource(readingOf(needs, request), request.params.id, projectionOf(type, request));
    reply.header('etag', etagOf(stored.version));
    return isKnownToReader(conditionsOf(request), stored.version) ? await reply.status(304).send(null) : view;
  });
}

function createRoute(scope: Http, path: string, needs: ResourceRoutesNeeds): void {
  const { type } = needs;
  const schema = {
    ...described(`SCIM: a new ${type.name}`),
    params: directory,
    ...scimResource,
    response: { 201: resourceView, ...writeErrors },
  };
  scope.post(path, { schema }, async (request, reply) => {
    const written = await createResource(needs, writeOf(needs, request), type, bodyOf(request));
    const reading = readingOf(needs, request);
    reply.header('location', locationOf(reading.base, type, written.stored.id)).header('etag', etagOf(written.stored.version));
    return await reply.status(201).send(viewWritten(reading, written, projectionOf(type, request)));
  });
}

function changeRoutes(scope: Http, path: string, needs: ResourceRoutesNeeds): void {
  const { type } = needs;
  const response = { 200: resourceView, ...writeErrors };
  const put = { ...described(`SCIM: the whole of a ${type.name}`), params: resource, ...scimResource, response };
  scope.put(`${path}/:id`, { schema: put }, async (request, reply) => {
    const written = await replaceResource(needs, writeOf(needs, request), targetOf(type, request), bodyOf(request));
    reply.header('etag', etagOf(written.stored.version));
    return viewWritten(readingOf(needs, request), written, projectionOf(type, request));
  });
  const patch = {
    ...described(`SCIM: parts of a ${type.name}`),
    params: resource,
    ...scimPatch,
    response: { ...response, 204: emptyView },
  };
  scope.patch(`${path}/:id`, { schema: patch }, async (request, reply) => {
    const written = await patchResource(needs, writeOf(needs, request), targetOf(type, request), bodyOf(request));
    reply.header('etag', etagOf(written.stored.version));
    // Entra expects no body for a group, which may have many members; unless it asks for attributes.
    return isAnsweredInShort(type, request)
      ? await reply.status(204).send(null)
      : viewWritten(readingOf(needs, request), written, projectionOf(type, request));
  });
  const remove = { ...described(`SCIM: a ${type.name} goes`), params: resource, response: { 204: emptyView, ...writeErrors } };
  scope.delete(`${path}/:id`, { schema: remove }, async (request, reply) => {
    await removeResource(needs, writeOf(needs, request), targetOf(type, request));
    return await reply.status(204).send(null);
  });
}

function isAnsweredInShort(type: ResourceType, { query }: Asked): boolean {
  return type.name === 'Group' && readParameters(query).attributes === undefined;
}

function readingOf({ db, type, callerOf }: ResourceRoutesNeeds, request: object): Reading {
  const { connection, base } = callerOf(request);
  return { db, connection, base, type };
}

function writeOf({ callerOf, meanings }: ResourceRoutesNeeds, request: Asked): Write {
  const { connection, provider, verifiedBy } = callerOf(request);
  return { connection, provider, verifiedBy, meanings, bodySha256: sha256Of(rawBodyOf(request)) };
}

function targetOf(type: ResourceType, request: Asked & { readonly params: { readonly id: string } }): Target {
  return { type, id: request.params.id, conditions: conditionsOf(request) };
}

function conditionsOf({ headers }: Asked): Conditions {
  const header = (name: string): string | undefined => headers[name]?.toString();
  return { ifMatch: header('if-match'), ifNoneMatch: header('if-none-match') };
}

function projectionOf(type: ResourceType, { query }: Asked): Projection {
  const { attributes, excludedAttributes } = readParameters(query);
  return readProjection(type, attributes, excludedAttributes);
}

const JSON_TYPES = /^application\/(?:scim\+)?json *(?:;|$)/i;

function bodyOf(request: Asked): Json {
  const contentType = request.headers['content-type'];
  if (contentType !== undefined && !JSON_TYPES.test(contentType.toString())) {
    throw new LeaverError('unsupported-media-type', 'Send application/scim+json or application/json. Nothing was stored.');
  }
  return readJson(rawBodyOf(request));
}
