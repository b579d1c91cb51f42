import { LeaverError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Attribute } from './attributes.ts';
import { changeAttribute } from './change-attribute.ts';
import { isList, isObject, memberOf, withMember } from './json-values.ts';
import { type PatchPath, parsePatchPath } from './patch-path.ts';
import type { Operation } from './read-patch.ts';
import type { ResourceType } from './schemas.ts';
import { scimFault } from './scim-error.ts';
import { isSecret } from './values.ts';

/** A resource as it is kept: what the client wrote under the names of our schemas, without what we add ourselves. */
export type Document = JsonObject;

/**
 * The resource after a PATCH. The operations are applied in order; when one of them cannot be, there is no result.
 *
 * @param id of the resource: a value that repeats it is no change of it
 * @throws LeaverError `invalid-request` with the scimType of RFC 7644 section 3.5.2, or `payload-too-large`
 */
export function applyPatch(type: ResourceType, id: string, before: Document, operations: readonly Operation[]): Document {
  return operations.reduce((document, operation) => {
    const from: Source = { type, id, op: operation.op, isWhole: false, isPath: operation.path !== null };
    return operation.path === null
      ? applyMembers(from, document, operation.value, '')
      : applyAt(from, document, parsePatchPath(type, operation.path), operation.value);
  }, before);
}

/** The resource that the body of a POST or PUT describes: what is read-only in it is passed over. */
export function readResource(type: ResourceType, body: Json): Document {
  return applyMembers({ type, id: '', op: 'add', isWhole: true, isPath: false }, {}, body, '');
}

/** Where a change comes from. */
interface Source {
  readonly type: ResourceType;
  readonly id: string;
  readonly op: Operation['op'];
  /** A POST or PUT, which describes a whole resource. */
  readonly isWhole: boolean;
  /** The attribute is the path of an operation, not a key in its value. */
  readonly isPath: boolean;
}

/** Every key of the value is a path of its own: Entra's are dotted and have URNs before them. */
function applyMembers(from: Source, document: Document, value: Json | undefined, prefix: string): Document {
  if (from.op === 'remove') {
    throw scimFault('noTarget', 'An operation with the op remove has no path. Nothing was changed.');
  }
  if (!isObject(value)) {
    throw scimFault(
      from.isWhole ? 'invalidSyntax' : 'invalidValue',
      'What is to be stored is not an object of attributes. Nothing was changed.',
    );
  }
  const spelled = new Set(Object.keys(value).map((key) => key.toLowerCase()));
  if (spelled.size < Object.keys(value).length) {
    throw scimFault('invalidSyntax', 'An attribute is there twice, under names that differ only in case. Nothing was changed.');
  }
  return Object.entries(value).reduce(
    (changed, [key, one]) => applyAt({ ...from, isPath: false }, changed, parsePatchPath(from.type, `${prefix}${key}`), one),
    document,
  );
}

function applyAt(from: Source, document: Document, path: PatchPath, raw: Json | undefined): Document {
  if (path.kind === 'schema') {
    return applyToSchema(from, document, path.schema, raw);
  }
  const { schema, attribute, sub } = path.at;
  if (isPassedOver(from, attribute, raw) || isSecret(sub?.name ?? attribute.name)) {
    return document;
  }
  const holder = schema === null ? document : objectAt(document, schema);
  const current = memberOf(holder, attribute.name);
  const next = changeAttribute(current, { op: from.op, attribute, sub, filter: path.filter, raw });
  if (next === undefined && isNeeded(from, attribute)) {
    throw scimFault('mutability', `${attribute.name} cannot be taken away. Nothing was changed.`);
  }
  const changed = withMember(holder, attribute.name, next);
  refuseEndless(attribute, next, changed);
  return schema === null ? changed : withMember(document, schema, Object.keys(changed).length > 0 ? changed : undefined);
}

function applyToSchema(from: Source, document: Document, schema: string | null, raw: Json | undefined): Document {
  if (schema === null) {
    return applyMembers(from, document, raw, '');
  }
  if (from.op === 'remove' || raw === null) {
    return withMember(document, schema, undefined);
  }
  return applyMembers(from, document, raw, `${schema}:`);
}

/**
 * Whether what is said about the attribute has no effect: passwords are kept nowhere, and what is read-only is nobody's to change. A PATCH that tries
 * is refused; but the id of the resource itself, or `meta` and `schemas` beside other attributes, only repeat what the client has read.
 */
function isPassedOver({ op, id, isWhole, isPath }: Source, { name, mutability, returned }: Attribute, raw: Json | undefined): boolean {
  if (returned === 'never' || isSecret(name) || name === 'schemas') {
    return true;
  }
  if (mutability !== 'readOnly') {
    return false;
  }
  const isRepeated = name === 'id' ? raw === id && op !== 'remove' : !isPath;
  if (!isWhole && !isRepeated) {
    throw scimFault('mutability', `${name} cannot be changed by a client. Nothing was changed.`);
  }
  return true;
}

/** Without a word about `active`, nobody can tell whether the person is here; a POST or PUT may leave it out, which changes nothing. */
function isNeeded({ isWhole }: Source, { name, required }: Attribute): boolean {
  return !isWhole && (required || name === 'active');
}

/** Far more than what is provisioned of somebody; without it, a few hundred operations could pile up what takes minutes to go through. */
const MAX_PARTS = 250;

/** Everybody may be in one group, so members are not counted here. */
function refuseEndless({ name }: Attribute, value: Json | undefined, holder: JsonObject): void {
  if (Object.keys(holder).length > MAX_PARTS || (isList(value) && value.length > MAX_PARTS && name !== 'members')) {
    throw new LeaverError(
      'payload-too-large',
      `A resource has at most ${MAX_PARTS} attributes, and each at most ${MAX_PARTS} values. Nothing was changed.`,
    );
  }
}

function objectAt(document: Document, name: string): JsonObject {
  const found = memberOf(document, name);
  return isObject(found) ? found : {};
}
