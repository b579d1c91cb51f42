import type { Json, JsonObject } from '../../kernel/json.ts';
import { isList, isObject, memberOf, withMember } from './json-values.ts';
import { type AttributePath, parseAttributePath, schemaOf } from './path.ts';
import type { ResourceType } from './schemas.ts';

/** What a client wants to see of resources, RFC 7644 section 3.9. */
export interface Projection {
  /** Null: everything. */
  readonly wanted: readonly AttributePath[] | null;
  readonly unwanted: readonly AttributePath[];
}

const MAX_NAMES = 100;

/** Reads `attributes` and `excludedAttributes`. A name that nobody can have is passed over. */
export function readProjection(type: ResourceType, attributes: string | undefined, excludedAttributes: string | undefined): Projection {
  const wanted = pathsIn(type, attributes ?? '');
  return { wanted: wanted.length > 0 ? wanted : null, unwanted: pathsIn(type, excludedAttributes ?? '') };
}

function pathsIn(type: ResourceType, list: string): AttributePath[] {
  const names = list.split(',', MAX_NAMES).map((name) => name.trim());
  return names.filter((name) => name !== '').flatMap((name) => readName(type, name));
}

function readName(type: ResourceType, name: string): AttributePath[] {
  try {
    return schemaOf(type, name) ? [] : [parseAttributePath(type, name)];
  } catch {
    return [];
  }
}

/** Whether the client sees anything of the attribute of the resource itself. */
export function wants({ wanted, unwanted }: Projection, name: string): boolean {
  const isIt = (path: AttributePath): boolean => path.schema === null && path.attribute.name === name;
  return (wanted === null || wanted.some(isIt)) && !unwanted.some((path) => isIt(path) && path.sub === null);
}

/** The part of a resource that the client wants to see; `id` and `schemas` are always in it. */
export function project({ wanted, unwanted }: Projection, resource: JsonObject): JsonObject {
  const chosen = wanted === null ? resource : wanted.reduce<JsonObject>((part, path) => copy(resource, part, path), always(resource));
  return unwanted.filter(({ attribute }) => attribute.returned !== 'always').reduce(drop, chosen);
}

function always({ schemas = [], id = null }: JsonObject): JsonObject {
  return { schemas, id };
}

function copy(from: JsonObject, to: JsonObject, { schema, attribute, sub }: AttributePath): JsonObject {
  if (schema !== null) {
    const [source, target] = [memberOf(from, schema), memberOf(to, schema)];
    return isObject(source) ? withMember(to, schema, copy(source, isObject(target) ? target : {}, { schema: null, attribute, sub })) : to;
  }
  const value = memberOf(from, attribute.name);
  return value === undefined
    ? to
    : withMember(to, attribute.name, sub === null ? value : partOf(value, memberOf(to, attribute.name), sub.name));
}

/** One part of a value, or of each of its elements, beside the parts that were copied before. */
function partOf(value: Json, before: Json | undefined, name: string): Json {
  if (isList(value)) {
    return value.map((element, index) => partOf(element, isList(before) ? before[index] : undefined, name));
  }
  const part = isObject(value) ? memberOf(value, name) : undefined;
  return part === undefined ? (before ?? {}) : withMember(isObject(before) ? before : {}, name, part);
}

function drop(from: JsonObject, { schema, attribute, sub }: AttributePath): JsonObject {
  const value = memberOf(from, schema ?? attribute.name);
  if (schema !== null) {
    return isObject(value) ? withMember(from, schema, drop(value, { schema: null, attribute, sub })) : from;
  }
  return value === undefined ? from : withMember(from, attribute.name, sub === null ? undefined : withoutPart(value, sub.name));
}

function withoutPart(value: Json, name: string): Json {
  if (isList(value)) {
    return value.map((element) => withoutPart(element, name));
  }
  return isObject(value) ? withMember(value, name, undefined) : value;
}
