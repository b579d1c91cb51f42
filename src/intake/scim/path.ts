import type { LeaverError } from '../../kernel/errors.ts';
import { type Attribute, findByName, unknownAttribute } from './attributes.ts';
import { type Located, locate, type ResourceType } from './schemas.ts';
import { scimFault } from './scim-error.ts';

/** An attribute, or a part of it, by its place in a resource. */
export interface AttributePath {
  /** Null for the resource itself, the URN for what an extension adds. */
  readonly schema: string | null;
  readonly attribute: Attribute;
  readonly sub: Attribute | null;
}

/** `$ref` is a name too. The grammar is that of RFC 7643 section 2.1, which leaves no room for `__proto__`. */
const NAME = /^[A-Za-z$][\w$-]*$/;
/** Names that every JavaScript object answers to; nobody provisions them. */
const FORBIDDEN = new Set(['constructor', 'prototype']);

/** Whether the text can be the name of an attribute. */
export function isAttributeName(name: string): boolean {
  return NAME.test(name) && !FORBIDDEN.has(name);
}

/**
 * Reads `attribute`, `attribute.sub`, and either behind a schema URN. A URN ends before the last colon, for the dots in `2.0` separate nothing; a dot
 * behind a URN of ours, and the lost colon of `2.0User`, stand in published examples of Microsoft's and are understood.
 *
 * @throws LeaverError `invalid-request`, scimType `invalidPath`
 */
export function parseAttributePath(type: ResourceType, text: string): AttributePath {
  const { urn, rest } = splitUrn(type, text);
  const [name = '', sub, ...more] = rest.split('.');
  if (![name, sub ?? name].every(isAttributeName) || more.length > 0) {
    throw invalidPath(text);
  }
  const { schema, attribute } = locateIn(type, urn, name);
  return { schema, attribute, sub: sub === undefined ? null : subAttribute(attribute, sub) };
}

/** The sub-attribute of this name, known or not. */
export function subAttribute(parent: Attribute, name: string): Attribute {
  return findByName(parent.subAttributes, name) ?? unknownAttribute(name);
}

/** Whether the text is the URN of a schema and names no attribute: then the schema, null for that of the resource itself. */
export function schemaOf(type: ResourceType, text: string): { readonly schema: string | null } | null {
  const { urn, rest } = splitUrn(type, text);
  return urn !== null && rest === '' ? { schema: urn === type.schema.id ? null : urn } : null;
}

function splitUrn(type: ResourceType, text: string): { urn: string | null; rest: string } {
  if (!/^urn:/i.test(text)) {
    return { urn: null, rest: text };
  }
  for (const { id } of [type.schema, ...type.extensions]) {
    const known = knownUrn(id).exec(text);
    if (known) {
      return { urn: id, rest: text.slice(known[0].length) };
    }
  }
  // Of an unknown one only the version tells: `urn:acme:1.0:User` is a schema, `urn:acme:1.0:User:badge` an attribute of it.
  const end = text.lastIndexOf(':');
  const isSchema = /:\d+(?:\.\d+)*(?::\w+)?$/.test(text);
  return isSchema ? { urn: text, rest: '' } : { urn: text.slice(0, end), rest: text.slice(end + 1) };
}

/** `…:2.0:User`, and what has been seen in its place, up to the attribute's name. */
function knownUrn(id: string): RegExp {
  const [start = '', name = ''] = id.split(/:(?=\w+$)/);
  return new RegExp(`^${start.replaceAll('.', '\\.')}[:.]?${name}(?:[:.]|$)`, 'i');
}

function locateIn(type: ResourceType, urn: string | null, name: string): Located {
  if (urn === null || urn === type.schema.id) {
    return locate(type, name) ?? { schema: null, attribute: unknownAttribute(name) };
  }
  const extension = type.extensions.find(({ id }) => id === urn);
  return { schema: urn, attribute: findByName(extension?.attributes ?? [], name) ?? unknownAttribute(name) };
}

/** The refusal of a path that cannot be read. */
export function invalidPath(text: string): LeaverError {
  return scimFault('invalidPath', `The path ${JSON.stringify(text.slice(0, 100))} names no attribute. Nothing was changed.`);
}
