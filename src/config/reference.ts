import { z } from 'zod';
import { MEANINGS } from './meanings.ts';
import { configSchema } from './schema.ts';

/** Of a JSON schema what the page tells, and what `describe` adds to it. */
interface Shape {
  readonly type?: string;
  readonly noun?: string;
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | false;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

interface Setting {
  readonly path: string;
  readonly shape: Shape;
  readonly isRequired: boolean;
}

interface Block {
  readonly title: string;
  /** What stands before the path of each setting in `MEANINGS`, best first. */
  readonly under: readonly string[];
  readonly settings: readonly Setting[];
}

const HEAD = `# Configuration

<!-- Written by \`npm run generate\` from src/config/schema.ts and src/config/meanings.ts. Do not edit. -->

Every setting of \`leaver.yaml\`, or of the file that \`LEAVER_CONFIG\` names. [leaver.example.yaml](../leaver.example.yaml) is a file to begin with; \`npx leaver config check\` finds every fault at once, and
\`npx leaver config print\` shows what is in force, without secrets.

\`\${NAME}\` and \`\${NAME:-default}\` are filled in from the environment, \`$\${\` stands for the characters themselves. A **secret** is never shown or logged; each can be \`{ file: /run/secrets/x }\` in place of the text.
A key that is not listed here is an error. **Required** settings have no default; those with — are optional, and what they switch on is off without them.
An https URL may be http where its host is this machine itself. Whole numbers and yes or no may come out of the environment.
`;

/** The page docs/configuration.md: every setting of the schema with its type, its default and what it does. */
export function describeConfig(): string {
  const blocks = blocksOf(shapeOfAll());
  const used = new Set<string>();
  const sections = blocks.map((block) => section(block, used));
  const unused = Object.keys(MEANINGS).filter((name) => !used.has(name));
  if (unused.length > 0) {
    throw new Error(`src/config/meanings.ts explains what the schema does not have: ${unused.join(', ')}`);
  }
  return [HEAD, ...sections].join('\n');
}

/** The schema as it is written into the file: before defaults and transformations. */
function shapeOfAll(): Shape {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'custom') jsonSchema['secret'] = true;
      // Left out by zod for what is transformed on its way in.
      if (def.type === 'default') jsonSchema.default = def.defaultValue as never;
    },
  }) as Shape;
}

function blocksOf(all: Shape): Block[] {
  const top = Object.entries(all.properties ?? {});
  const plain = top.filter(([, shape]) => !shape.properties && !shape.items?.oneOf);
  return [
    { title: '## At the top', under: [''], settings: plain.map(([path, shape]) => ({ path, shape, isRequired: false })) },
    ...top.flatMap(([name, shape]) => {
      if (shape.properties) return [{ title: `## \`${name}\``, under: [`${name}.`], settings: settingsOf(shape) }];
      return (shape.items?.oneOf ?? []).map((one) => {
        const kind = one.properties?.['kind']?.const ?? '';
        return { title: `## \`${name}\` of the kind \`${kind}\``, under: [`${kind}.`, `${name}.`], settings: settingsOf(one) };
      });
    }),
  ];
}

/** Every setting of a mapping; a mapping within it has a row of its own only where it can be left out as a whole. */
function settingsOf({ properties = {}, required = [] }: Shape, before = ''): Setting[] {
  return Object.entries(properties).flatMap(([key, shape]) => {
    const path = `${before}${key}`;
    const own = { path, shape, isRequired: required.includes(key) };
    if (shape.properties) return [...(shape.default ? [] : [own]), ...settingsOf(shape, `${path}.`)];
    return shape.items?.properties ? [own, ...settingsOf(shape.items, `${path}[].`)] : [own];
  });
}

function section({ title, under, settings }: Block, used: Set<string>): string {
  const rows = settings.map(({ path, shape, isRequired }) => {
    const name = under.map((before) => `${before}${path}`).find((one) => one in MEANINGS);
    if (name === undefined) {
      throw new Error(`src/config/meanings.ts does not say what ${under[0]}${path} does`);
    }
    used.add(name);
    return row([`\`${path}\``, typeOf(shape, path), defaultOf(shape, isRequired), MEANINGS[name] ?? '']);
  });
  return [title, '', row(['setting', 'type', 'default', 'what it does']), '|---|---|---|---|', ...rows, ''].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function typeOf(shape: Shape, path: string): string {
  if (shape.secret) return '**secret**';
  if (shape.enum) return shape.enum.map(code).join(', ');
  if (shape.const !== undefined) return code(shape.const);
  if (shape.items) return listOf(shape.items, path);
  if (shape.additionalProperties) return `a mapping to ${typeOf(shape.additionalProperties, path)}`;
  if (shape.properties) return 'a mapping';
  const either = (shape.anyOf ?? []).filter(({ type }) => type !== 'null');
  if (either.length > 0) return either.map((one) => typeOf(one, path)).join(', or ');
  if (shape.type === 'boolean') return '`true`, `false`';
  return shape.type === 'integer' ? `${unitOf(path)}, ${range(shape)}` : (shape.noun ?? 'text');
}

function listOf(item: Shape, path: string): string {
  if (item.secret) return 'a list of **secrets**';
  if (item.properties) return 'a list of mappings';
  return item.enum ? `a list of ${typeOf(item, path)}` : `a list, each ${typeOf(item, path)}`;
}

const UNITS = { Ms: 'milliseconds', Seconds: 'seconds', Hours: 'hours', Days: 'days', Bytes: 'bytes' };

function unitOf(path: string): string {
  const unit = Object.entries(UNITS).find(([ending]) => path.endsWith(ending));
  return unit?.[1] ?? 'a whole number';
}

function range({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Shape): string {
  return maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum}` : `${minimum} to ${maximum}`;
}

function defaultOf({ default: value, const: only }: Shape, isRequired: boolean): string {
  if (value === null) return 'empty';
  if (value !== undefined) return code(Array.isArray(value) ? `[${value.join(', ')}]` : typeof value === 'object' ? '{}' : String(value));
  return isRequired || only !== undefined ? '**required**' : '—';
}

function code(text: string): string {
  return `\`${text}\``;
}
