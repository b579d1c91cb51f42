import { type Fault, type Path, pathText } from './faults.ts';

/** Stands in the place of a value that could not be found out, so that the rest can still be checked. */
export const UNRESOLVED = Symbol('unresolved');

/** Variables by name, as the process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  /** The same tree with every text filled in; a text that cannot be filled in is `UNRESOLVED`. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Which variables a text was made from, by the text of its path. */
  readonly origins: ReadonlyMap<string, readonly string[]>;
}

/**
 * Fills `${NAME}` and `${NAME:-default}` in every text of a parsed tree; keys stay as they are.
 *
 * The default holds for an unset and for an empty variable, as in the shell. `$${` stands for the two characters `${`. What comes out of
 * the environment is not looked at again. Never throws.
 */
export function interpolate(tree: unknown, env: Variables): Interpolated {
  const faults: Fault[] = [];
  const origins = new Map<string, readonly string[]>();
  const fill = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  };
  const fillText = (text: string, path: Path): unknown => {
    const filled = interpolateText(text, env);
    if (filled.variables.length > 0) origins.set(pathText(path), filled.variables);
    if (filled.problem === undefined) return filled.text;
    faults.push({ path, text: filled.problem });
    return UNRESOLVED;
  };
  return { value: fill(tree, []), faults, origins };
}

export interface FilledText {
  readonly text: string;
  readonly variables: readonly string[];
  readonly problem?: string;
}

const PLACEHOLDER = /\$\$\{|\$\{(?<name>[A-Za-z_]\w*)(?::-(?<fallback>[^}]*))?\}|\$\{/g;

/** Fills the placeholders of one text; `problem` says why that is not possible. */
export function interpolateText(text: string, env: Variables): FilledText {
  const variables: string[] = [];
  const unset: string[] = [];
  let malformed = false;
  const filled = text.replace(PLACEHOLDER, (match, name: string | undefined, fallback: string | undefined) => {
    if (match === '$${') return '${';
    if (name === undefined) {
      malformed = true;
      return match;
    }
    variables.push(name);
    const value = lookUp(env, name, fallback);
    if (value === undefined) unset.push(name);
    return value ?? '';
  });
  const problem = malformed ? MALFORMED : unset.length > 0 ? notSet(unset) : undefined;
  return { text: filled, variables, ...(problem === undefined ? {} : { problem }) };
}

function lookUp(env: Variables, name: string, fallback: string | undefined): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === undefined || value === '' ? (fallback ?? value) : value;
}

const MALFORMED = `has a placeholder that is not understood; write \${NAME}, \${NAME:-default}, or $\${ for the characters themselves`;

function notSet(names: readonly string[]): string {
  const [first] = names;
  return names.length === 1
    ? `the environment variable ${first} is not set; set it, or write \${${first}:-default}`
    : `the environment variables ${names.join(', ')} are not set; set them, or write \${${first}:-default}`;
}
