import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../src/config/schema.ts';
import { type Page, ROOT, readPages } from './support/pages.ts';

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly oneOf?: readonly Shape[];
  readonly const?: string;
}

const SCHEMA = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Shape;
const PAGES = await readPages();

/** Names of settings from every mapping on: `okta.eventHook.secrets`, `eventHook.secrets`; and the mappings that such a name can begin with. */
const { names, blocks } = namesOf(SCHEMA);

function namesOf(
  shape: Shape,
  above: readonly string[] = [],
  found = { names: new Set<string>(), blocks: new Map<string, Shape[]>() },
): typeof found {
  for (const one of shape.items?.oneOf ?? []) {
    const kind = one.properties?.['kind']?.const ?? '';
    found.blocks.set(kind, [one]);
    namesOf(one, [kind], found);
    namesOf(one, above, found);
  }
  for (const [key, member] of Object.entries(shape.items?.properties ?? shape.properties ?? {})) {
    const whole = [...above, key];
    whole.forEach((_, index) => {
      found.names.add(whole.slice(index).join('.'));
    });
    if (member.properties) found.blocks.set(key, [...(found.blocks.get(key) ?? []), member]);
    namesOf(member, whole, found);
  }
  return found;
}

/** Other things with names that begin as those of settings do: an OAuth scope of Okta, our signals of SCIM, a file. */
const OTHERS = /^(?:okta\.users\.read|scim\.user\.\w+|.+\.(?:ts|yaml|json))$/;

function settingsIn({ spans }: Page): string[] {
  const dotted = spans.flatMap((span) => /^([a-z][\w-]*(?:\.[a-zA-Z]\w*)+)(?:\[\d*\])?(?:: .*)?$/.exec(span)?.[1] ?? []);
  return dotted.filter(
    (name) =>
      (blocks.has(name.split('.')[0] ?? '') || Object.hasOwn(SCHEMA.properties ?? {}, name.split('.')[0] ?? '')) && !OTHERS.test(name),
  );
}

/** The keys in a piece of YAML that the schema does not have where they stand. */
function unknownKeys(value: unknown, shapes: readonly Shape[], where = ''): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown) =>
      unknownKeys(
        one,
        shapes.flatMap(({ items }) => (items ? kindsOf(items, one) : [])),
        `${where}[]`,
      ),
    );
  }
  const known = shapes.flatMap(({ properties }) => (properties ? [properties] : []));
  if (typeof value !== 'object' || value === null || known.length === 0) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const below = known.flatMap((properties) => properties[key] ?? []);
    return below.length === 0 ? [`${where}.${key}`] : unknownKeys(member, below, `${where}.${key}`);
  });
}

function kindsOf(items: Shape, value: unknown): readonly Shape[] {
  const kind = (value as { kind?: string } | null)?.kind;
  return items.oneOf ? items.oneOf.filter(({ properties }) => properties?.['kind']?.const === kind) : [items];
}

/** What the YAML of other programs begins with: Prometheus, Compose, Kubernetes. */
const FOREIGN = ['scrape_configs', 'services', 'apiVersion'];

/** Settings on their own, or those of a block that stands in a connection. */
function faultsOfYaml(code: string): string[] {
  const documents = parseAllDocuments(code).map((document) => document.toJS() as Record<string, unknown>);
  return documents.filter((value) => !FOREIGN.some((key) => key in value)).flatMap(faultsOf);
}

function faultsOf(value: Record<string, unknown>): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const top = SCHEMA.properties?.[key];
    const shapes = top ? [top] : blocks.get(key);
    return shapes ? unknownKeys(member, shapes, key) : [`${key} is no block`];
  });
}

test('every setting that the pages name exists', () => {
  const named = PAGES.flatMap((page) => settingsIn(page).map((name) => ({ file: page.file, name })));
  assert.ok(named.length > 150, `only ${named.length} settings were found`);
  assert.deepEqual(
    named.filter(({ name }) => !names.has(name)),
    [],
  );
});

test('every piece of configuration that the pages show has only keys that exist, where they stand', () => {
  const shown = PAGES.flatMap(({ file, blocks: all }) =>
    all.filter(({ language }) => language === 'yaml').map(({ code }) => ({ file, code })),
  );
  assert.ok(shown.length > 12, `only ${shown.length} pieces were found`);
  assert.deepEqual(
    shown.flatMap(({ file, code }) => faultsOfYaml(code).map((fault) => `${file}: ${fault}`)),
    [],
  );
});

test('a setting that does not exist, or not there, is found', () => {
  assert.equal(names.has('okta.eventHook.secret'), false);
  assert.deepEqual(faultsOfYaml('connections: [{ id: a, kind: okta, graph: {} }]'), ['connections[].graph']);
  assert.deepEqual(faultsOfYaml('scim: { token: x }'), ['scim.token']);
});

test('every variable of ours that the pages name is read, or stands in a file that comes with Leaver', async () => {
  const files = ['src/config/environment.ts', 'leaver.example.yaml', 'docker-compose.yml', 'test/support/sweep.ts'];
  const texts = (await Promise.all(files.map(async (file) => await readFile(path.join(ROOT, file), 'utf8')))).join('\n');
  const named = new Set(PAGES.flatMap(({ text }) => text.match(/\bLEAVER_[A-Z_0-9]*[A-Z0-9]\b/g) ?? []));
  assert.ok(named.has('LEAVER_CONFIG'));
  assert.deepEqual(
    [...named].filter((name) => !texts.includes(name)),
    [],
  );
});

test('docs/configuration.md marks exactly the secrets of SECURITY.md as secrets', () => {
  const [reference, security] = ['docs/configuration.md', 'SECURITY.md'].map(
    (file) => PAGES.find((page) => page.file === file)?.text ?? '',
  );
  const marked = (reference ?? '').split(/^## /m).flatMap((section) => {
    const name = /of the kind `([\w-]+)`/.exec(section)?.[1] ?? /^`(\w+)`/.exec(section)?.[1];
    return [...section.matchAll(/^\| `([\w.]+)` \| [^|]*\*\*secrets?\*\*/gm)].map(([, setting]) => `${name}.${setting}`);
  });
  const known = [...(security ?? '').matchAll(/^\| `([\w.-]+)`/gm)].map(([, name]) => name ?? '');
  assert.ok(marked.length > 15, `only ${marked.length} secrets were found`);
  assert.deepEqual(
    marked.toSorted(),
    known.filter((name) => names.has(name) && !['operators.tokens', 'operators.oidc'].includes(name)).toSorted(),
  );
});
