import fc from 'fast-check';

type Json = fc.JsonValue;

/** What a parser is rarely told to expect. */
const odd: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    '',
    ' ',
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    '\0',
    '\ud800',
    '__proto__',
    [],
    {},
    [[]],
    'x'.repeat(3_000),
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const change = fc.record({ place: fc.nat(9_999), how: fc.constantFrom('replace', 'remove', 'repeat', 'wrap', 'rename'), odd });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** One of the documents, with some of its members replaced, left out, repeated, wrapped or renamed; now and then as it is. */
export function mutated(...documents: readonly unknown[]): fc.Arbitrary<Json> {
  const original = fc.constantFrom(...(documents as readonly Json[]));
  return fc
    .tuple(original, fc.array(change, { maxLength: 3 }))
    .map(([document, changes]) => changes.reduce(apply, structuredClone(document)));
}

/** Bytes that are a document, are nearly one, or are none. */
export function bytes(document: fc.Arbitrary<Json>): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 6, arbitrary: document.map(toBytes) },
    fc.uint8Array({ maxLength: 80 }).map((raw) => Buffer.from(raw)),
    fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
    fc.tuple(document, fc.nat(9_999)).map(([value, at]) => cut(toBytes(value), at)),
    fc.tuple(document, fc.nat(9_999), fc.integer({ min: 1, max: 255 })).map(([value, at, by]) => flip(toBytes(value), at, by)),
    fc
      .constantFrom('['.repeat(5_000), '{"a":'.repeat(3_000), '\ufeff{}', '{"__proto__":{"active":false}}', '1e999')
      .map((text) => Buffer.from(text)),
  );
}

export function toBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value) ?? 'null');
}

function cut(whole: Buffer, at: number): Buffer {
  return whole.subarray(0, at % (whole.length + 1));
}

function flip(whole: Buffer, at: number, by: number): Buffer {
  const place = at % whole.length;
  return Buffer.from(whole.map((byte, index) => (index === place ? byte ^ by : byte)));
}

interface Place {
  readonly parent: Record<string, Json> | Json[];
  readonly key: string | number;
}

function placesIn(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Place['parent'];
  const keys = Array.isArray(parent) ? [...parent.keys()] : Object.keys(parent);
  return keys.flatMap((key) => [{ parent, key }, ...placesIn(Reflect.get(parent, key) as Json)]);
}

/** What is put in is a copy: it may be changed itself later, and the constants above must stay what they are. */
function apply(document: Json, { place, how, odd: given }: Change): Json {
  const value = structuredClone(given);
  const places = placesIn(document);
  const found = places[place % places.length];
  if (!found) return value;
  const { parent, key } = found;
  const was = Reflect.get(parent, key) as Json;
  switch (how) {
    case 'replace':
      define(parent, key, value);
      break;
    case 'remove':
      Reflect.deleteProperty(parent, key);
      break;
    case 'repeat':
      define(parent, key, [was, structuredClone(was), value]);
      break;
    case 'wrap':
      define(parent, key, { value: was });
      break;
    case 'rename':
      define(parent, Array.isArray(parent) ? parent.length : `${String(key)}\u0130`.toUpperCase(), structuredClone(was));
  }
  return document;
}

/** Also where the key is one that objects inherit. */
function define(parent: Place['parent'], key: string | number, value: Json): void {
  Reflect.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
}
