import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Attribute } from './attributes.ts';
import { favour, identityOf, isPrimary, onePrimary, withoutType } from './elements.ts';
import type { Filter } from './filter.ts';
import { isList, isObject, withMember } from './json-values.ts';
import { compileFilter } from './match.ts';
import type { Operation } from './read-patch.ts';
import { scimFault } from './scim-error.ts';
import { isReference, mergeParts, readOne, readValue } from './values.ts';

/** What one operation does to one attribute. */
export interface Change {
  readonly op: Operation['op'];
  readonly attribute: Attribute;
  /** Null: the attribute as a whole. */
  readonly sub: Attribute | null;
  /** Null: every element. */
  readonly filter: Filter | null;
  readonly raw: Json | undefined;
}

/** The value of the attribute after the change; undefined when it has none. */
export function changeAttribute(current: Json | undefined, change: Change): Json | undefined {
  const { attribute, filter, sub } = change;
  if (attribute.multiValued || isList(current) || (attribute.type === 'unknown' && filter !== null)) {
    const elements = changeElements(isList(current) ? current : [], change);
    return elements.length > 0 ? elements : undefined;
  }
  if (filter !== null) {
    return changeIfMatching(current, change, filter);
  }
  if (sub !== null || attribute.type === 'complex') {
    return changeComplex(isObject(current) ? current : {}, change);
  }
  return change.op === 'remove' ? undefined : readValue(attribute, change.raw);
}

/** A filter on an attribute that has only one value. */
function changeIfMatching(current: Json | undefined, change: Change, filter: Filter): Json | undefined {
  if (current !== undefined && compileFilter(filter)(current)) {
    return changeAttribute(current, { ...change, filter: null });
  }
  if (change.op !== 'remove') {
    throw noTarget(change);
  }
  return current;
}

function changeComplex(current: JsonObject, { op, attribute, sub, raw }: Change): Json | undefined {
  if (sub !== null) {
    const base = isReference(attribute) && sub.name === 'value' ? {} : current;
    return readValue(attribute, withMember(base, sub.name, op === 'remove' ? undefined : readValue(sub, raw)));
  }
  if (op === 'remove') {
    return undefined;
  }
  if (!isObject(raw) || isReference(attribute)) {
    return readValue(attribute, raw);
  }
  // Parts that the value does not name stay, RFC 7644 section 3.5.2.3; those of a reference would belong to whom it pointed to before.
  const merged = mergeParts(attribute, current, raw);
  return Object.keys(merged).length > 0 ? merged : undefined;
}

function changeElements(elements: readonly Json[], change: Change): readonly Json[] {
  if (change.filter !== null) {
    return changeMatching(elements, change, change.filter);
  }
  if (change.sub !== null) {
    return changeEach(elements, change);
  }
  switch (change.op) {
    case 'remove':
      return removeElements(elements, change);
    case 'replace':
      return onePrimary(elementsOf(change));
    case 'add':
      return addElements(elements, change);
  }
}

/** What the value has for elements, each once. */
function elementsOf({ attribute, raw }: Change): readonly Json[] {
  const value = readValue(attribute, raw);
  const elements = isList(value) ? value : value === undefined ? [] : [value];
  return [...new Map(elements.map((one) => [identityOf(attribute, one), one])).values()];
}

/** Entra names the members to be removed in the value, where RFC 7644 would remove them all. One that names no type means any. */
function removeElements(elements: readonly Json[], change: Change): readonly Json[] {
  if (change.raw === undefined || change.raw === null) {
    return [];
  }
  const named = new Set(elementsOf(change).map((one) => identityOf(change.attribute, one)));
  return elements.filter((one) => ![one, withoutType(one)].some((form) => named.has(identityOf(change.attribute, form))));
}

/** What is there already is not there twice; a newer form of it takes its place. */
function addElements(elements: readonly Json[], change: Change): readonly Json[] {
  const added = elementsOf(change);
  const newer = new Map(added.map((one) => [identityOf(change.attribute, one), one]));
  const kept = elements.map((one) => {
    const identity = identityOf(change.attribute, one);
    const same = newer.get(identity);
    newer.delete(identity);
    return isObject(one) && isObject(same) ? { ...one, ...same } : (same ?? one);
  });
  const all = [...kept, ...newer.values()];
  return favour(change.attribute, all, added.find(isPrimary));
}

/** Changes the elements that fulfil the filter. Where none does, Entra expects that the element is made. */
function changeMatching(elements: readonly Json[], change: Change, filter: Filter): readonly Json[] {
  const matches = compileFilter(filter);
  if (change.op === 'remove') {
    return change.sub === null
      ? elements.filter((one) => !matches(one))
      : elements.flatMap((one) => (matches(one) ? changePart(one, change) : one));
  }
  const touched = elements.map((one) => (matches(one) ? changeElement(one, change, filter) : one));
  const hit = elements.findIndex(matches);
  if (hit >= 0) {
    return favour(change.attribute, touched, touched[hit]);
  }
  const made = changeElement(templateOf(filter, change), change, filter);
  return favour(change.attribute, [...elements, made], made);
}

function changeElement(element: Json, change: Change, filter: Filter): Json {
  if (change.sub !== null) {
    return changePart(element, change)[0] ?? {};
  }
  const value = readOne(change.attribute, change.raw ?? null) ?? {};
  const base = change.op === 'add' ? element : conditionsOf(filter);
  return isObject(base) && isObject(value) ? { ...base, ...value } : value;
}

function changeEach(elements: readonly Json[], change: Change): readonly Json[] {
  const present = elements.length === 0 && change.op !== 'remove' ? [{}] : elements;
  return onePrimary(present.flatMap((one) => changePart(one, change)));
}

/** The element with one part set or taken away; none, when nothing is left of it. */
function changePart(element: Json, { op, sub, raw }: Change): Json[] {
  if (!isObject(element) || sub === null) {
    return [element];
  }
  const changed = withMember(element, sub.name, op === 'remove' ? undefined : readValue(sub, raw));
  return Object.keys(changed).length > 0 ? [changed] : [];
}

/** The element that a filter asks for, if it asks for one by what it is equal to. */
function templateOf(filter: Filter, change: Change): JsonObject {
  const template = conditionsOf(filter);
  if (Object.keys(template).length === 0) {
    throw noTarget(change);
  }
  return template;
}

function conditionsOf(filter: Filter): JsonObject {
  switch (filter.op) {
    case 'eq':
      return filter.value === null ? {} : { [filter.at.attribute.name]: readValue(filter.at.attribute, filter.value) ?? null };
    case 'and':
      return Object.assign({}, ...filter.filters.map(conditionsOf)) as JsonObject;
    default:
      return {};
  }
}

function noTarget({ attribute }: Change): Error {
  return scimFault('noTarget', `No element of ${attribute.name} fulfils the filter of the path. Nothing was changed.`);
}
