import { z } from 'zod';
import { isStorable } from '../../kernel/text.ts';
import { nameKeyOf } from './check-resource.ts';
import { type Filter, parseFilter } from './filter.ts';
import { type Projection, readProjection } from './projection.ts';
import type { ResourceType } from './schemas.ts';
import { scimFault } from './scim-error.ts';
import type { Narrowing } from './store.ts';

/** Resources in one answer; a client that wants more asks for the next page. */
export const MAX_RESULTS = 200;
const DEFAULT_RESULTS = 100;

/** What a client asks of a list, RFC 7644 section 3.4.2. */
export interface ListQuery {
  readonly filter: Filter | null;
  /** 1-based. */
  readonly startIndex: number;
  readonly count: number;
  readonly projection: Projection;
}

const parameter = z.string().refine(isStorable).optional();
const parameters = z.object({
  filter: parameter,
  startIndex: parameter,
  count: parameter,
  attributes: parameter,
  excludedAttributes: parameter,
});

/** @throws LeaverError `invalid-request` */
export function readListQuery(type: ResourceType, query: unknown): ListQuery {
  const { filter, startIndex, count, ...names } = readParameters(query);
  return {
    filter: filter === undefined ? null : parseFilter(type, filter),
    startIndex: Math.max(1, readNumber('startIndex', startIndex, 1)),
    count: Math.min(MAX_RESULTS, Math.max(0, readNumber('count', count, DEFAULT_RESULTS))),
    projection: readProjection(type, names.attributes, names.excludedAttributes),
  };
}

export function readParameters(query: unknown): z.infer<typeof parameters> {
  const read = parameters.safeParse(query);
  if (!read.success) {
    const name = read.error.issues[0]?.path.join('.') ?? 'a parameter';
    throw scimFault('invalidValue', `The query has ${name} twice, or in it what no text can hold.`);
  }
  return read.data;
}

function readNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') {
    return otherwise;
  }
  if (!/^-?\d{1,9}$/.test(text)) {
    throw scimFault('invalidValue', `${name} is not a whole number of at most nine digits.`);
  }
  return Number(text);
}

type Indexed = Pick<Narrowing, 'id' | 'nameKey' | 'externalId'>;

/** What every resource that fulfils the filter has in common, as far as there is an index of it. */
export function narrowingOf(type: ResourceType, filter: Filter | null): Indexed {
  if (filter?.op === 'and') {
    return Object.assign({}, ...filter.filters.map((one) => narrowingOf(type, one))) as Indexed;
  }
  if (filter?.op !== 'eq' || typeof filter.value !== 'string' || filter.at.schema !== null || filter.at.sub !== null) {
    return {};
  }
  switch (filter.at.attribute.name) {
    case 'id':
      return { id: filter.value };
    case 'externalId':
      return { externalId: filter.value };
    case type.nameAttribute:
      return { nameKey: nameKeyOf(filter.value) };
    default:
      return {};
  }
}
