import type { Filter } from './filter.ts';
import { parseElementFilter } from './filter.ts';
import { MAX_TEXT } from './filter-text.ts';
import { type AttributePath, invalidPath, isAttributeName, parseAttributePath, schemaOf, subAttribute } from './path.ts';
import type { ResourceType } from './schemas.ts';

/** Where an operation of a PATCH works; `schema`: on all that one schema has, null for that of the resource itself. */
export type PatchPath =
  | { readonly kind: 'schema'; readonly schema: string | null }
  | { readonly kind: 'attribute'; readonly at: AttributePath; readonly filter: Filter | null };

/** `attribute`, `[`, a filter in which texts may hold brackets, `]`, and perhaps a part of the elements. */
const VALUE_PATH = /^([^[\]"]+)\[((?:[^"[\]]|"[^"\\]*(?:\\[\s\S][^"\\]*)*")*)\](?:\.([^.[\]"]+))?$/;

/**
 * Reads the path of an operation, or a key in the value of one without a path.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2
 * @throws LeaverError `invalid-request`, scimType `invalidPath` or `invalidFilter`
 */
export function parsePatchPath(type: ResourceType, text: string): PatchPath {
  if (text.length > MAX_TEXT) {
    throw invalidPath(text);
  }
  const whole = schemaOf(type, text);
  if (whole) {
    return { kind: 'schema', schema: whole.schema };
  }
  const [, name, filter, part] = VALUE_PATH.exec(text) ?? [];
  if (name === undefined || filter === undefined) {
    return { kind: 'attribute', at: parseAttributePath(type, text), filter: null };
  }
  const { schema, attribute, sub } = parseAttributePath(type, name);
  if (sub !== null) {
    throw invalidPath(text);
  }
  const at = { schema, attribute, sub: part === undefined ? null : subAttribute(attribute, checkPart(part, text)) };
  return { kind: 'attribute', at, filter: parseElementFilter(attribute, filter) };
}

function checkPart(part: string, path: string): string {
  if (!isAttributeName(part)) {
    throw invalidPath(path);
  }
  return part;
}
