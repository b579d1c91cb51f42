import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Document } from './apply-patch.ts';
import { etagOf } from './etag.ts';
import { isList, isObject } from './json-values.ts';
import type { GroupName } from './member-store.ts';
import type { ResourceType } from './schemas.ts';
import { GROUPS, USERS } from './schemas.ts';
import type { Stored } from './store.ts';

/** A resource and what belongs to it elsewhere: the groups of a user; the members of a group are in its document. */
export interface Whole {
  readonly stored: Stored;
  readonly document: Document;
  readonly groups: readonly GroupName[];
}

/** The resource as a client reads it. `base` is the address of the service provider. */
export function present(base: string, type: ResourceType, { stored, document, groups }: Whole): JsonObject {
  const { members, ...own } = document;
  return {
    schemas: schemasOf(type, document),
    id: stored.id,
    ...own,
    ...(type.name === 'User' && { groups: groups.map((group) => presentGroup(base, group)) }),
    ...(type.name === 'Group' && { members: isList(members) ? members.map((one) => presentMember(base, one)) : [] }),
    meta: {
      resourceType: type.name,
      created: stored.createdAt.toISOString(),
      lastModified: stored.changedAt.toISOString(),
      location: locationOf(base, type, stored.id),
      version: etagOf(stored.version),
    },
  };
}

export function locationOf(base: string, type: ResourceType, id: string): string {
  return `${base}/${type.endpoint}/${encodeURIComponent(id)}`;
}

/** The schema of the resource, and that of every extension it has something of. */
function schemasOf(type: ResourceType, document: Document): string[] {
  return [type.schema.id, ...Object.keys(document).filter((name) => /^urn:/i.test(name))];
}

function presentGroup(base: string, { id, display }: GroupName): JsonObject {
  return { value: id, $ref: locationOf(base, GROUPS, id), display, type: 'direct' };
}

function presentMember(base: string, member: Json): Json {
  const { value, type } = isObject(member) ? member : {};
  return isObject(member) ? { ...member, $ref: locationOf(base, type === 'Group' ? GROUPS : USERS, String(value)) } : member;
}
