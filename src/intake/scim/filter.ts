import { type Filter as Parsed, parse } from 'scim2-parse-filter';
import type { LeaverError } from '../../kernel/errors.ts';
import { type Attribute, findByName, unknownAttribute } from './attributes.ts';
import { type Literal, MAX_TERMS, MAX_TERMS_IN_PATH, type Skeleton, skeletonOf } from './filter-text.ts';
import { type AttributePath, isAttributeName, parseAttributePath } from './path.ts';
import type { ResourceType } from './schemas.ts';
import { scimFault } from './scim-error.ts';

const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A filter with its attributes found. Within brackets, `at` is a part of what stands before them. */
export type Filter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: 'has'; readonly at: AttributePath; readonly filter: Filter }
  | { readonly op: 'present'; readonly at: AttributePath }
  | { readonly op: Comparison; readonly at: AttributePath; readonly value: Literal };

/** Finds what a name in a filter stands for. */
type Find = (name: string) => AttributePath;

/**
 * Reads the filter of a query.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.2
 * @throws LeaverError `invalid-request`, scimType `invalidFilter`
 */
export function parseFilter(type: ResourceType, text: string): Filter {
  return read(text, MAX_TERMS, (name) => parseAttributePath(type, name));
}

/** Reads the filter between the brackets of a path: its names are parts of the elements of `parent`. */
export function parseElementFilter(parent: Attribute, text: string): Filter {
  return read(text, MAX_TERMS_IN_PATH, partOf(parent));
}

function read(text: string, maxTerms: number, find: Find): Filter {
  const skeleton = skeletonOf(text, maxTerms);
  try {
    return translate(parse(skeleton.text), skeleton, find);
  } catch (error) {
    throw malformed(text, error);
  }
}

function malformed(text: string, cause: unknown): LeaverError {
  return scimFault('invalidFilter', `The filter ${JSON.stringify(text.slice(0, 100))} cannot be read.`, cause);
}

function translate(parsed: Parsed, skeleton: Skeleton, find: Find): Filter {
  switch (parsed.op) {
    case 'and':
    case 'or':
      return correlated(parsed, skeleton, find) ?? { op: parsed.op, filters: parsed.filters.map((one) => translate(one, skeleton, find)) };
    case 'not':
      return { op: 'not', filter: translate(parsed.filter, skeleton, find) };
    case '[]': {
      const at = find(nameOf(skeleton, parsed.attrPath));
      return { op: 'has', at, filter: translate(parsed.valFilter, skeleton, partOf(at.sub ?? at.attribute)) };
    }
    case 'pr':
      return { op: 'present', at: find(nameOf(skeleton, parsed.attrPath)) };
    default:
      return { op: comparison(parsed.op), at: find(nameOf(skeleton, parsed.attrPath)), value: literalAt(skeleton, parsed.compValue) };
  }
}

/**
 * `emails[type eq "work"].value eq "x"`. The library makes two conditions of it that any two elements fulfil; meant is one element. No name of ours
 * has a dot, so one that has tells what the library put together.
 */
function correlated(parsed: Extract<Parsed, { op: 'and' | 'or' }>, skeleton: Skeleton, find: Find): Filter | null {
  const [element, part] = parsed.filters;
  if (element?.op !== '[]' || !part || !('attrPath' in part) || !part.attrPath.startsWith(`${element.attrPath}.`)) {
    return null;
  }
  const own = { ...part, attrPath: part.attrPath.slice(element.attrPath.length + 1) };
  return translate({ ...element, valFilter: { op: 'and', filters: [element.valFilter, own] } }, skeleton, find);
}

function partOf(parent: Attribute): Find {
  return (name) => {
    if (!isAttributeName(name)) {
      throw scimFault('invalidFilter', `${JSON.stringify(name.slice(0, 60))} is not the name of a part of ${parent.name}.`);
    }
    return { schema: null, attribute: findByName(parent.subAttributes, name) ?? unknownAttribute(name), sub: null };
  };
}

function nameOf({ names }: Skeleton, placeholder: string): string {
  return names[Number(placeholder.slice(1))] ?? '';
}

function literalAt({ values }: Skeleton, placeholder: unknown): Literal {
  return values[Number(placeholder)] ?? null;
}

/** The library takes any word between two terms for an operator if every JavaScript object has a member of that name. */
function comparison(word: string): Comparison {
  const known = COMPARISONS.find((one) => one === word);
  if (!known) {
    throw scimFault('invalidFilter', `${JSON.stringify(word)} compares nothing.`);
  }
  return known;
}
