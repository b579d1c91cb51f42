import type { Database } from '../../database/database.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Filter } from './filter.ts';
import { type ListQuery, narrowingOf } from './list-query.ts';
import { compileFilter } from './match.ts';
import { readGroupsOf, readMembers } from './member-store.ts';
import { withMembers } from './members.ts';
import { present, type Whole } from './present.ts';
import { type Projection, project, readProjection, wants } from './projection.ts';
import type { ResourceType } from './schemas.ts';
import { countResources, type Narrowing, readAllResources, readResources, type Stored } from './store.ts';
import { noResource, type Written } from './write-resource.ts';

/** From where a client reads: one connection's directory, at its address. */
export interface Reading {
  readonly db: Database;
  readonly connection: string;
  readonly base: string;
  readonly type: ResourceType;
}

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** @throws LeaverError `not-found` */
export async function readOneResource(reading: Reading, id: string, projection: Projection): Promise<{ stored: Stored; view: JsonObject }> {
  const { db, connection, type } = reading;
  const [stored] = await readResources(db, { connection, kind: type.name, id }, { offset: 0, limit: 1 });
  if (!stored) {
    throw noResource(type, id);
  }
  const [view = {}] = await viewsOf(reading, [stored], projection);
  return { stored, view };
}

/** The resources of one page, with the number of all that fulfil the filter; none of them is no error. */
export async function listResources(reading: Reading, { filter, startIndex, count, projection }: ListQuery): Promise<JsonObject> {
  const { total, page } = await find(reading, filter, { offset: startIndex - 1, limit: count });
  const resources = await viewsOf(reading, page, projection);
  return listResponse(resources, { totalResults: total, startIndex });
}

export function listResponse(resources: readonly JsonObject[], { totalResults = resources.length, startIndex = 1 } = {}): JsonObject {
  return { schemas: [LIST_SCHEMA], totalResults, startIndex, itemsPerPage: resources.length, Resources: resources };
}

interface Page {
  readonly offset: number;
  readonly limit: number;
}

async function find(reading: Reading, filter: Filter | null, page: Page): Promise<{ total: number; page: Stored[] }> {
  const { db, connection, type } = reading;
  const narrowing: Narrowing = { connection, kind: type.name, ...narrowingOf(type, filter) };
  if (filter === null) {
    const [total, found] = await Promise.all([countResources(db, narrowing), readResources(db, narrowing, page)]);
    return { total, page: found };
  }
  return await search(reading, narrowing, filter, page);
}

/** Looks at every resource that an index does not rule out: as the client would see it, for a filter may ask for any of it. */
async function search(
  reading: Reading,
  narrowing: Narrowing,
  filter: Filter,
  { offset, limit }: Page,
): Promise<{ total: number; page: Stored[] }> {
  const matches = compileFilter(filter);
  const seen = seenBy(reading.type, filter);
  const found: Stored[] = [];
  let total = 0;
  for await (const chunk of readAllResources(reading.db, narrowing)) {
    const views = await viewsOf(reading, chunk, seen);
    const hits = chunk.filter((_, index) => matches(views[index] ?? {}));
    const from = Math.max(0, offset - total);
    found.push(...hits.slice(from, from + limit - found.length));
    total += hits.length;
  }
  return { total, page: found };
}

/** Everything, but for who is in which group where the filter does not ask for that: it is many rows. */
function seenBy(type: ResourceType, filter: Filter): Projection {
  const unasked = ['groups', 'members'].filter((name) => !mentions(filter, name));
  return readProjection(type, undefined, unasked.join(','));
}

function mentions(filter: Filter, name: string): boolean {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.filters.some((one) => mentions(one, name));
    case 'not':
      return mentions(filter.filter, name);
    default:
      return filter.at.attribute.name === name;
  }
}

/** What a client sees of the resource that it has just written. */
export function viewWritten(
  { base, type }: Pick<Reading, 'base' | 'type'>,
  { stored, document, groups }: Written,
  projection: Projection,
): JsonObject {
  return project(projection, present(base, type, { stored, document, groups }));
}

async function viewsOf({ db, connection, base, type }: Reading, page: readonly Stored[], projection: Projection): Promise<JsonObject[]> {
  const ids = page.map(({ id }) => id);
  const isUser = type.name === 'User';
  const groups = isUser && ids.length > 0 && wants(projection, 'groups') ? await readGroupsOf(db, connection, ids) : null;
  const members = !isUser && ids.length > 0 && wants(projection, 'members') ? await readMembers(db, ids) : null;
  return page.map((stored) => {
    const document = withMembers(stored.document, members?.get(stored.id) ?? []);
    const whole: Whole = { stored, document, groups: groups?.get(stored.id) ?? [] };
    return project(projection, present(base, type, whole));
  });
}
