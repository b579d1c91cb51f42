type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Where a value stands in a JSON text. */
export type Path = readonly (string | number)[];

export interface Change {
  readonly what: string;
  readonly text: string;
}

/** Every way to change one value of the JSON text, to leave one out, and to leave out, double or swap one item of a list. */
export function* everyChange(text: string): Generator<Change> {
  const whole = JSON.parse(text) as Json;
  for (const [path, value] of walk(whole, [])) {
    for (const other of othersOf(value)) {
      yield { what: `${path.join('.')}: ${JSON.stringify(value)} -> ${JSON.stringify(other)}`, text: printWith(text, path, () => other) };
    }
    const last = path.at(-1);
    if (typeof last === 'string') {
      yield { what: `${path.join('.')} left out`, text: printWith(text, path, () => undefined) };
    }
    if (Array.isArray(value) && value.length > 0) {
      yield* changesOfList(text, path, value);
    }
  }
}

function* walk(value: Json, path: Path): Generator<[Path, Json]> {
  if (path.length > 0) {
    yield [path, value];
  }
  if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      yield* walk(member, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  }
}

function othersOf(value: Json): Json[] {
  switch (typeof value) {
    case 'string':
      return othersOfText(value).filter((other) => other !== value);
    case 'number':
      return [value + 1, value - 1, -value - 1, value + 0.5, String(value), null];
    case 'boolean':
      return [!value, null];
    default:
      return value === null ? ['', 0, false, {}] : [null];
  }
}

function othersOfText(text: string): string[] {
  const last = text.at(-1) ?? '';
  const swapped = text.replace(/[a-z]/i, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));
  // The neighbours of the last character: in base64url they may stand for the very same bytes.
  const neighbours = [-2, -1, 1, 2].map((step) => text.slice(0, -1) + String.fromCharCode(Math.max(last.charCodeAt(0) + step, 32)));
  return [
    '',
    `${text}x`,
    `${text}=`,
    `${text} `,
    `x${text}`,
    text.slice(1),
    text.slice(0, -1),
    swapped,
    ...(text === '' ? [] : neighbours),
  ];
}

function* changesOfList(text: string, path: Path, list: readonly Json[]): Generator<Change> {
  for (const index of list.keys()) {
    const where = `${path.join('.')}[${index}]`;
    yield { what: `${where} left out`, text: printWith(text, path, (items) => (items as Json[]).toSpliced(index, 1)) };
    yield { what: `${where} doubled`, text: printWith(text, path, (items) => (items as Json[]).toSpliced(index, 0, list[index] ?? null)) };
    if (index > 0) {
      yield { what: `${where} swapped with the one before`, text: printWith(text, path, (items) => swap(items as Json[], index)) };
    }
  }
}

function swap(items: readonly Json[], index: number): Json[] {
  return items.with(index, items[index - 1] ?? null).with(index - 1, items[index] ?? null);
}

function printWith(text: string, path: Path, change: (value: Json) => Json | undefined): string {
  const whole = JSON.parse(text) as Json;
  let parent = whole as { [key: string | number]: Json };
  for (const key of path.slice(0, -1)) {
    parent = parent[key] as { [key: string | number]: Json };
  }
  const last = path.at(-1) ?? '';
  const value = change(parent[last] as Json);
  if (value === undefined) {
    delete parent[last];
  } else {
    parent[last] = value;
  }
  return JSON.stringify(whole);
}
