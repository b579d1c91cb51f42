import { messageOf } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { scimFault } from './scim-error.ts';

/** Deeper than anything a SCIM client sends, and shallow enough for every recursion over it. */
const MAX_DEPTH = 24;
const MAX_MEMBERS = 250;

/**
 * Reads a body. Beside what JSON itself refuses, an object that has a name twice is refused (parsers differ in which of the two counts), and so is
 * nesting without end.
 *
 * @throws LeaverError `invalid-request`, scimType `invalidSyntax`
 */
export function readJson(body: Buffer): Json {
  const text = decode(body);
  const value = parse(text);
  checkStructure(text);
  return value;
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw scimFault('invalidSyntax', 'The body is not UTF-8. Nothing was stored.');
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw scimFault('invalidSyntax', `The body is not JSON (${messageOf(error).split('\n')[0]?.slice(0, 60)}). Nothing was stored.`);
  }
}

/** Runs once over text that is known to be JSON: strings and brackets are all there is to tell apart. */
function checkStructure(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (const { 0: token } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      refuse(open.length > MAX_DEPTH, `is nested more than ${MAX_DEPTH} deep`);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token.endsWith(':')) {
      addName(open.at(-1), JSON.parse(token.slice(0, -1)) as string);
    }
  }
}

function addName(names: Set<string> | null | undefined, name: string): void {
  refuse(names?.has(name) ?? false, `has the name ${JSON.stringify(name.slice(0, 60))} twice in one object`);
  names?.add(name);
  refuse((names?.size ?? 0) > MAX_MEMBERS, `has an object with more than ${MAX_MEMBERS} members`);
}

function refuse(isSo: boolean, wrong: string): void {
  if (isSo) {
    throw scimFault('invalidSyntax', `The body ${wrong}. Nothing was stored.`);
  }
}
