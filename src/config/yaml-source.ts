import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type { Fault, Path } from './faults.ts';

export interface YamlSource {
  /** The settings as plain data, a key without a value being `undefined`; nothing at all when the text is not YAML. */
  readonly tree: unknown;
  readonly faults: readonly Fault[];
  /** True when the text could be read as a whole, so that `tree` is worth checking. */
  readonly readable: boolean;
  /** The line on which a setting stands, or its nearest ancestor that is there. */
  lineOf(path: Path): number | undefined;
}

/** Reads YAML 1.2 and keeps the place of everything. No fault repeats what stands in the text, for it may be a secret. */
export function readYaml(text: string): YamlSource {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true });
  const faults = [
    ...[...document.errors, ...document.warnings].map((error) => yamlFault(error, counter)),
    ...danglingAliases(document).map((offset) => faultAt(DANGLING_ALIAS, offset, counter)),
  ];
  const lineOf = (path: Path): number | undefined => lineIn(document, counter, path);
  const onlyDuplicates = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!onlyDuplicates || faults.length > document.errors.length)
    return { tree: undefined, faults: firstOfEachLine(faults), readable: false, lineOf };
  try {
    return { tree: withoutNulls(document.toJS()) ?? {}, faults, readable: true, lineOf };
  } catch {
    return { tree: undefined, faults: [...faults, { path: [], text: TOO_MANY_ALIASES }], readable: false, lineOf };
  }
}

const DANGLING_ALIAS = 'the alias (*) names nothing that was marked before; put the value in quotes if it is meant as text';
const TOO_MANY_ALIASES = 'its aliases (*) multiply, or lead back to themselves; write the parts out';

/** Our words where the parser's would quote the text, or would not help. */
const PARSER_WORDS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  DUPLICATE_KEY: 'this key stands twice in the same mapping; keep one of them',
  UNEXPECTED_TOKEN:
    'the text cannot be understood as YAML here; check quotes, brackets and indentation, and quote a placeholder inside { } or [ ]',
  BAD_DQ_ESCAPE: 'the escape sequence is not known; write \\\\ for a backslash, or use single quotes',
  BAD_SCALAR_START: 'a value cannot begin with this character; put it in quotes',
  TAG_RESOLVE_FAILED: 'the tag (!) is not understood; put the value in quotes if it is meant as text',
  BAD_DIRECTIVE: 'the directive (%) is not understood; remove it',
  MULTIPLE_DOCS: 'a second document begins here; keep one',
  NON_STRING_KEY: 'a key must be plain text; correct it',
  RESOURCE_EXHAUSTION: 'the nesting is too deep; flatten it',
};

function yamlFault(error: YAMLError, counter: LineCounter): Fault {
  return faultAt(PARSER_WORDS[error.code] ?? `is not YAML: ${error.message}; correct it`, error.pos[0], counter);
}

function faultAt(text: string, offset: number, counter: LineCounter): Fault {
  const { line, col } = counter.linePos(offset);
  return { path: [], text, line, column: col };
}

/** One slip makes the parser stumble several times on. */
function firstOfEachLine(faults: readonly Fault[]): Fault[] {
  return faults.filter(({ line }, index) => faults.findIndex((other) => other.line === line) === index);
}

function danglingAliases(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined) offsets.push(alias.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** A key whose value was left out, or commented out, is a setting that was not made. */
function withoutNulls(value: unknown, inList = false): unknown {
  if (value === null) return inList ? null : undefined;
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, true));
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNulls(item)]));
}

interface Place {
  readonly offset: number | undefined;
  readonly node: unknown;
}

function lineIn(document: Document, counter: LineCounter, path: Path): number | undefined {
  let place: Place = { offset: offsetOf(document.contents), node: document.contents };
  for (const part of path) {
    const next = childOf(place.node, part, document);
    if (next?.offset === undefined) break;
    place = next;
  }
  return place.offset === undefined ? undefined : counter.linePos(place.offset).line;
}

function childOf(parent: unknown, part: string | number, document: Document): Place | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node) && typeof part === 'number') return { offset: offsetOf(node.items[part]), node: node.items[part] };
  if (!isMap(node)) return undefined;
  const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(part));
  return pair && { offset: offsetOf(pair.key), node: pair.value };
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
