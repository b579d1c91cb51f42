import type { Json, JsonObject } from '../../kernel/json.ts';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Json's lists are read-only, which `Array.isArray` does not tell. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The name under which an object has a member of this name, whatever its case; the name itself when it has none. */
export function ownName(object: JsonObject, name: string): string {
  if (Object.hasOwn(object, name)) {
    return name;
  }
  const wanted = name.toLowerCase();
  return Object.keys(object).find((key) => key.toLowerCase() === wanted) ?? name;
}

export function memberOf(object: JsonObject, name: string): Json | undefined {
  const own = ownName(object, name);
  return Object.hasOwn(object, own) ? object[own] : undefined;
}

/** The object with the member set, or without it when the value is undefined. Names that every object answers to are members like others. */
export function withMember(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  const own = ownName(object, name);
  if (value !== undefined) {
    return { ...object, [own]: value };
  }
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== own));
}
