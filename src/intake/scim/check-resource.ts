import { LeaverError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import type { Document } from './apply-patch.ts';
import { withMember } from './json-values.ts';
import type { ResourceType } from './schemas.ts';
import { scimFault } from './scim-error.ts';

/** In characters; short enough for an index in any script. */
const MAX_KEY = 400;
/** Of a resource without its members, in characters of JSON: far more than what identity providers write about somebody. */
const MAX_DOCUMENT = 65_536;

/** The texts by which a resource is looked up. */
export interface Keys {
  readonly nameKey: string;
  readonly externalId: string | null;
}

/**
 * The keys of a resource that may be stored.
 *
 * @throws LeaverError `invalid-request` where a key is missing or too long, `payload-too-large` where all of it is
 */
export function keysOf(type: ResourceType, document: Document): Keys {
  const name = key(type.nameAttribute, document[type.nameAttribute]);
  if (name === null || name.trim() === '') {
    throw scimFault('invalidValue', `${type.nameAttribute} is missing or empty. Nothing was stored.`);
  }
  const size = JSON.stringify(withMember(document, 'members', undefined)).length;
  if (size > MAX_DOCUMENT) {
    throw new LeaverError('payload-too-large', `The ${type.name} has ${size} characters, more than ${MAX_DOCUMENT}. Nothing was stored.`);
  }
  return { nameKey: nameKeyOf(name), externalId: key('externalId', document['externalId']) };
}

/** Names are matched without regard to case. */
export function nameKeyOf(name: string): string {
  return name.toLowerCase();
}

function key(name: string, value: Json | undefined): string | null {
  if (typeof value !== 'string') {
    return null;
  }
  if (value.length > MAX_KEY) {
    throw scimFault('invalidValue', `${name} is longer than ${MAX_KEY} characters. Nothing was stored.`);
  }
  return value;
}
