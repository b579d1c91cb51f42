import type { Json, JsonObject } from '../../kernel/json.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Attribute } from './attributes.ts';
import { isList, isObject, withMember } from './json-values.ts';
import { isAttributeName, subAttribute } from './path.ts';
import { scimFault } from './scim-error.ts';

/**
 * Reads what a client wrote for an attribute into the one form in which it is kept; undefined means that the attribute has no value. Clients send
 * booleans as text ("False"), references as an object, as a list of one or as a bare id, lists of one as the one, and null for nothing.
 *
 * @throws LeaverError `invalid-request`, scimType `invalidValue`
 */
export function readValue(attribute: Attribute, raw: Json | undefined): Json | undefined {
  if (raw === null || raw === undefined) {
    return undefined;
  }
  if (attribute.type === 'unknown') {
    return readUnknown(raw);
  }
  if (attribute.multiValued) {
    const elements = (isList(raw) ? raw : [raw]).flatMap((one) => readOne(attribute, one) ?? []);
    return elements.length > 0 ? elements : undefined;
  }
  return readOne(attribute, raw);
}

/** Reads one element of a multi-valued attribute, or the value of any other. */
export function readOne(attribute: Attribute, raw: Json): Json | undefined {
  if (raw === null) {
    return undefined;
  }
  switch (attribute.type) {
    case 'complex':
      return readComplex(attribute, raw);
    case 'boolean':
      return readBoolean(attribute, raw);
    case 'unknown':
      return readUnknown(raw);
    default:
      return readText(attribute, raw);
  }
}

function readBoolean(attribute: Attribute, raw: Json): boolean {
  const word = typeof raw === 'string' ? raw.toLowerCase() : JSON.stringify(raw);
  if (word !== 'true' && word !== 'false') {
    throw invalid(attribute, 'is neither true nor false');
  }
  return word === 'true';
}

function readText(attribute: Attribute, raw: Json): string {
  if (typeof raw !== 'string' && typeof raw !== 'number') {
    throw invalid(attribute, 'is not a text');
  }
  return storable(String(raw));
}

function readComplex(attribute: Attribute, raw: Json): JsonObject | undefined {
  if (isList(raw)) {
    return readOnlyElement(attribute, raw);
  }
  if (!isObject(raw)) {
    return readComplex(attribute, wrapped(attribute, raw));
  }
  const read = mergeParts(attribute, {}, raw);
  return isReference(attribute) ? readReference(read) : nonEmpty(read);
}

/** Changes the parts of a complex value that `raw` names, and leaves the others; a part that is null goes. */
export function mergeParts(attribute: Attribute, before: JsonObject, raw: JsonObject): JsonObject {
  return Object.entries(raw).reduce((value, [name, part]) => {
    const known = subAttribute(attribute, checkName(name));
    return isSecret(name) ? value : withMember(value, known.name, readValue(known, part));
  }, before);
}

function readOnlyElement(attribute: Attribute, raw: readonly Json[]): JsonObject | undefined {
  const [one, ...more] = raw;
  if (more.length > 0) {
    throw invalid(attribute, 'has more than one value');
  }
  return one === undefined || one === null ? undefined : readComplex(attribute, one);
}

/** A bare value where an object with a value is meant. */
function wrapped(attribute: Attribute, raw: string | number | boolean | null): JsonObject {
  if (!attribute.subAttributes.some(({ name }) => name === 'value')) {
    throw invalid(attribute, 'is not an object');
  }
  return { value: raw };
}

/** Whether the attribute points to another resource, as `manager` does: then a new value has nothing to do with the old one. */
export function isReference({ multiValued, subAttributes }: Attribute): boolean {
  return !multiValued && subAttributes.some(({ name }) => name === '$ref');
}

/** To whom a reference points; with nobody there, it is none. The last part of the address will do for the id. */
function readReference(read: JsonObject): JsonObject | undefined {
  const { value, $ref: address } = read;
  if (typeof value === 'string' && value !== '') {
    return read;
  }
  const id = value === undefined && typeof address === 'string' ? address.split('/').at(-1) : '';
  return id ? { value: id, ...read } : undefined;
}

/** What our schemas do not know is kept as it came, but for passwords. */
function readUnknown(raw: Json): Json {
  if (typeof raw === 'string') {
    return storable(raw);
  }
  if (isList(raw)) {
    return raw.map(readUnknown);
  }
  if (isObject(raw)) {
    const kept = Object.entries(raw).filter(([name]) => !isSecret(checkName(name)));
    return Object.fromEntries(kept.map(([name, value]) => [name, readUnknown(value)]));
  }
  return raw;
}

/** Whether what bears the name is kept nowhere, wherever it stands. */
export function isSecret(name: string): boolean {
  return name.toLowerCase() === 'password';
}

function checkName(name: string): string {
  if (!isAttributeName(name) && !/^urn:[\w.:-]+$/i.test(name)) {
    throw scimFault('invalidPath', `${JSON.stringify(name.slice(0, 60))} cannot be the name of an attribute. Nothing was changed.`);
  }
  return name;
}

function nonEmpty(value: JsonObject): JsonObject | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}

function storable(text: string): string {
  if (!isStorable(text)) {
    throw scimFault('invalidValue', 'A text holds a NUL character or half of a surrogate pair. Nothing was changed.');
  }
  return text;
}

function invalid({ name }: Attribute, wrong: string): Error {
  return scimFault('invalidValue', `The value of ${name} ${wrong}. Nothing was changed.`);
}
