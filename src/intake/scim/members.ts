import type { Json } from '../../kernel/json.ts';
import type { Document } from './apply-patch.ts';
import { isList, isObject, withMember } from './json-values.ts';
import { scimFault } from './scim-error.ts';

/** A member of a group, as it is stored. */
export interface Member {
  readonly value: string;
  readonly display: string | null;
  readonly type: string | null;
}

/** The document of a group with its members in it. */
export function withMembers(document: Document, members: readonly Member[]): Document {
  return members.length > 0 ? { ...document, members: members.map(toElement) } : document;
}

function toElement({ value, display, type }: Member): Json {
  return { value, ...(display !== null && { display }), ...(type !== null && { type }) };
}

/** Takes the members out of the document of a group. */
export function splitMembers(group: Document): { readonly document: Document; readonly members: readonly Member[] } {
  const elements = isList(group['members']) ? group['members'] : [];
  return { document: withMember(group, 'members', undefined), members: [...byValue(elements.map(toMember)).values()] };
}

/** Longer than any id, and short enough for an index. */
const MAX_ID = 400;

function toMember(element: Json): Member {
  const { value, display = null, type = null } = isObject(element) ? element : {};
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID) {
    throw scimFault('invalidValue', 'A member of the group has no id as its value, or one that is too long. Nothing was changed.');
  }
  return { value, display: typeof display === 'string' ? display : null, type: typeof type === 'string' ? type : null };
}

/** Who goes and who comes between two states of a group; somebody of whom something else is said now does both. */
export function compareMembers(before: readonly Member[], after: readonly Member[]): { gone: string[]; added: Member[] } {
  const [old, young] = [byValue(before), byValue(after)];
  return {
    gone: before.filter((one) => !isSame(one, young.get(one.value))).map(({ value }) => value),
    added: after.filter((one) => !isSame(one, old.get(one.value))),
  };
}

function byValue(members: readonly Member[]): Map<string, Member> {
  return new Map(members.map((one) => [one.value, one]));
}

function isSame(a: Member, b: Member | undefined): boolean {
  return b !== undefined && a.display === b.display && a.type === b.type;
}
