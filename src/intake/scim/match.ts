import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Attribute } from './attributes.ts';
import type { Comparison, Filter } from './filter.ts';
import type { Literal } from './filter-text.ts';
import { isObject, memberOf } from './json-values.ts';
import type { AttributePath } from './path.ts';
import { scimFault } from './scim-error.ts';

/** Whether something fulfils a filter. */
export type Matches = (resource: Json) => boolean;

/**
 * Makes a filter into a test.
 *
 * @throws LeaverError `invalid-request`, scimType `invalidFilter`, for a comparison that has no meaning
 */
export function compileFilter(filter: Filter): Matches {
  switch (filter.op) {
    case 'and': {
      const all = filter.filters.map(compileFilter);
      return (resource) => all.every((one) => one(resource));
    }
    case 'or': {
      const any = filter.filters.map(compileFilter);
      return (resource) => any.some((one) => one(resource));
    }
    case 'not': {
      const one = compileFilter(filter.filter);
      return (resource) => !one(resource);
    }
    case 'has': {
      const one = compileFilter(filter.filter);
      return (resource) => valuesAt(resource, filter.at).some(one);
    }
    case 'present':
      refuseSecret(filter.at);
      return (resource) => valuesAt(resource, filter.at).some(isPresent);
    default:
      refuseSecret(filter.at);
      return compileComparison(filter.op, filter.at, filter.value);
  }
}

/** What never leaves us cannot be guessed by asking either. */
function refuseSecret({ attribute }: AttributePath): void {
  if (attribute.returned === 'never') {
    throw scimFault('invalidFilter', `${attribute.name} cannot be searched for.`);
  }
}

/** `userName ne "x"` is everything that `userName eq "x"` is not, also where there is no value to compare. */
function compileComparison(op: Comparison, at: AttributePath, value: Literal): Matches {
  if (op === 'ne') {
    const equal = compileComparison('eq', at, value);
    return (resource) => !equal(resource);
  }
  if (value === null) {
    if (op !== 'eq') {
      throw scimFault('invalidFilter', `Nothing can be compared with null by ${op}.`);
    }
    return (resource) => !valuesAt(resource, at).some(isPresent);
  }
  const leaf = leafOf(at);
  if (leaf.type === 'boolean' && op !== 'eq') {
    throw scimFault('invalidFilter', `${leaf.name} is true or false; it cannot be compared by ${op}.`);
  }
  const wanted = comparable(leaf, value);
  const fits = FITS[op];
  const { name } = at.attribute;
  const any: Matches = (resource) => valuesAt(resource, at).some((one) => fits(comparable(leaf, simple(one)), wanted));
  if (op !== 'eq' || !leaf.caseExact || at.schema !== null || at.sub !== null) {
    return any;
  }
  // The way of `members[value eq "…"]`: hundreds of these go through tens of thousands of members.
  return (resource) => {
    const one = isObject(resource) && Object.hasOwn(resource, name) ? resource[name] : undefined;
    return typeof one === 'string' ? one === value : any(resource);
  };
}

type Plain = string | number;

const FITS: Readonly<Record<Exclude<Comparison, 'ne'>, (actual: Plain, wanted: Plain) => boolean>> = {
  eq: (actual, wanted) => actual === wanted,
  co: (actual, wanted) => String(actual).includes(String(wanted)),
  sw: (actual, wanted) => String(actual).startsWith(String(wanted)),
  ew: (actual, wanted) => String(actual).endsWith(String(wanted)),
  gt: (actual, wanted) => actual > wanted,
  ge: (actual, wanted) => actual >= wanted,
  lt: (actual, wanted) => actual < wanted,
  le: (actual, wanted) => actual <= wanted,
};

/** The attribute whose rules a comparison follows: a complex one is compared by its value. */
function leafOf({ attribute, sub }: AttributePath): Attribute {
  const leaf = sub ?? attribute;
  return leaf.subAttributes.find(({ name }) => name === 'value') ?? leaf;
}

/** Moments are compared as such, text by its case or without regard to it, yes and no by their names, and what has parts by none. */
function comparable({ type, caseExact }: Attribute, value: Json): Plain {
  const text = typeof value === 'object' ? '' : String(value);
  if (type === 'dateTime') {
    return Date.parse(text);
  }
  return caseExact ? text : text.toLowerCase();
}

function simple(value: Json): Json {
  return isObject(value) ? (memberOf(value, 'value') ?? null) : value;
}

function isPresent(value: Json): boolean {
  return value !== null && value !== '' && !(Array.isArray(value) && value.length === 0) && !(isObject(value) && isEmpty(value));
}

function isEmpty(value: JsonObject): boolean {
  return Object.keys(value).length === 0;
}

/** Every value at the place; that of a list, one after the other. */
function valuesAt(resource: Json, { schema, attribute, sub }: AttributePath): readonly Json[] {
  if (schema === null && sub === null) {
    return step(resource, attribute.name);
  }
  const holder = schema === null ? [resource] : step(resource, schema);
  const values = holder.flatMap((one) => step(one, attribute.name));
  return sub === null ? values : values.flatMap((one) => step(one, sub.name));
}

function step(value: Json, name: string): readonly Json[] {
  const found = isObject(value) ? memberOf(value, name) : undefined;
  if (found === undefined) {
    return [];
  }
  return Array.isArray(found) ? found : [found as Json];
}
