import { scimFault } from './scim-error.ts';

/** A filter whose names and values were put aside: in `text`, `a0` is the first of `names` and `0` the first of `values`. */
export interface Skeleton {
  readonly text: string;
  readonly names: readonly string[];
  readonly values: readonly Literal[];
}

/** A value in a filter. Numbers and booleans stay text, for they come as text too (`employeeNumber eq "7"`, `active eq "True"`). */
export type Literal = string | null;

/** Longer than any filter or path that a client sends, and short enough for whatever is done with it. */
export const MAX_TEXT = 4_000;
const MAX_NESTING = 40;
/** Of a filter that resources are searched by. */
export const MAX_TERMS = 100;
/** Of one in a path: an element is told by its value or by its type. */
export const MAX_TERMS_IN_PATH = 5;

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
const OTHER_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'pr']);
/** Blanks, a text in quotes, a bracket, or a run of anything else; a quotation mark that is never closed stands alone. */
const TOKEN = /\s+|"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[()[]|\](?:\.(?=[\w$]))?|[^\s"()[\]]+|"/g;

/**
 * Takes names and values out of a filter, so that the library that knows the grammar sees nothing but words, digits and brackets. Left to itself it
 * reads a backslash in a value wrongly, is kept busy for good by forty line feeds, and refuses `$ref` and values without quotes, which stand in
 * published examples of Entra's.
 *
 * @throws LeaverError `invalid-request`, scimType `invalidFilter`
 */
export function skeletonOf(filter: string, maxTerms: number): Skeleton {
  refuse(filter.length > MAX_TEXT, `is longer than ${MAX_TEXT} characters`);
  const names: string[] = [];
  const values: Literal[] = [];
  let expectsValue = false;
  const text = filter.replace(TOKEN, (token) => {
    const word = token.toLowerCase();
    if (/^\s/.test(token)) {
      return ' ';
    }
    if (expectsValue) {
      expectsValue = false;
      return String(values.push(literalOf(token)) - 1);
    }
    if (/^[()[\]]/.test(token)) {
      return token;
    }
    expectsValue = COMPARISONS.has(word);
    return expectsValue || OTHER_WORDS.has(word) ? word : `a${names.push(token) - 1}`;
  });
  refuse((text.match(/[([]|not/g)?.length ?? 0) > MAX_NESTING, `has more than ${MAX_NESTING} brackets`);
  refuse(names.length > maxTerms, `has more than ${maxTerms} terms`);
  return { text, names, values };
}

/** A text in quotes is JSON, RFC 7644 section 3.4.2.2; anything else is taken as it stands. */
function literalOf(token: string): Literal {
  if (token.startsWith('"')) {
    return quoted(token);
  }
  refuse(/^[()[\]]/.test(token), 'has a comparison without a value');
  return token.toLowerCase() === 'null' ? null : token;
}

function quoted(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch (error) {
    throw scimFault('invalidFilter', `The filter has a text in quotes that is not a JSON string: ${token.slice(0, 60)}`, error);
  }
}

function refuse(isSo: boolean, wrong: string): void {
  if (isSo) {
    throw scimFault('invalidFilter', `The filter ${wrong}.`);
  }
}
