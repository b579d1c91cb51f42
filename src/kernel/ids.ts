import { randomUUID } from 'node:crypto';

/** Makes a new identifier (UUID version 4, RFC 9562). Passed in where a test needs known ones. */
export type NewId = () => string;

export const newId: NewId = () => randomUUID();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text can be an identifier of ours at all, so that PostgreSQL is not asked to parse anything else. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
