import serialize from 'canonicalize';
import { LeaverError } from '../kernel/errors.ts';

/** The one text form of a JSON value (RFC 8785): members sorted, no white space, numbers as ECMAScript prints them. */
export function canonicalJson(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) {
    throw new LeaverError('internal', 'A value that JSON cannot hold was to be recorded');
  }
  return text;
}
