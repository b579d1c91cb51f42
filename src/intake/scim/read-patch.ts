import type { Json } from '../../kernel/json.ts';
import { isList, isObject, memberOf } from './json-values.ts';
import { scimFault } from './scim-error.ts';

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  /** Null: on the resource as a whole. */
  readonly path: string | null;
  /** Undefined when the operation has none. */
  readonly value: Json | undefined;
}

/** More than any client sends at once; a full push of a group is one operation. */
const MAX_OPERATIONS = 500;

/**
 * Reads the body of a PATCH. `schemas` may be missing, an operation may have members that nobody knows, `op` comes in any case, and an empty list is
 * a PATCH that changes nothing: all of that is sent.
 *
 * @throws LeaverError `invalid-request`, scimType `invalidSyntax` or `invalidValue`
 */
export function readPatch(body: Json): Operation[] {
  const operations = isObject(body) ? memberOf(body, 'Operations') : undefined;
  if (!isList(operations)) {
    throw scimFault('invalidSyntax', 'A PATCH is an object with the list Operations. Nothing was changed.');
  }
  if (operations.length > MAX_OPERATIONS) {
    throw scimFault(
      'invalidSyntax',
      `A PATCH has at most ${MAX_OPERATIONS} operations; send the rest in further requests. Nothing was changed.`,
    );
  }
  return operations.map(readOperation);
}

function readOperation(raw: Json): Operation {
  const member = (name: string): Json | undefined => (isObject(raw) ? memberOf(raw, name) : undefined);
  const word = member('op');
  const op = typeof word === 'string' ? word.toLowerCase() : '';
  if (op !== 'add' && op !== 'replace' && op !== 'remove') {
    throw scimFault('invalidSyntax', 'The op of an operation is none of add, replace and remove. Nothing was changed.');
  }
  const path = member('path') ?? null;
  if (path !== null && typeof path !== 'string') {
    throw scimFault('invalidPath', 'The path of an operation is not a text. Nothing was changed.');
  }
  const value = member('value');
  if (op !== 'remove' && value === undefined) {
    throw scimFault('invalidValue', `An operation with the op ${op} has no value. Nothing was changed.`);
  }
  return { op, path: path === '' ? null : path, value };
}
