import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config/config.ts';
import { temporaryFolder } from '../support/service.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

const container = z.object({
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  secrets: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  command: z.array(z.string()).optional(),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  healthcheck: z.object({ disable: z.boolean().optional(), test: z.array(z.string()).optional() }).default({}),
  volumes: z.array(z.string()).default([]),
});
const compose = z.object({ services: z.record(z.string(), container), secrets: z.record(z.string(), z.object({ file: z.string() })) });

async function readText(file: string): Promise<string> {
  return await readFile(path.join(ROOT, file), 'utf8');
}

const { services, secrets } = compose.parse(parse(await readText('docker-compose.yml'), { merge: true }));
const OURS = ['api', 'migrate', 'worker'];

test('each thing starts when what it needs is in order: PostgreSQL, then the migration, then the service, then the worker', () => {
  const needs = Object.fromEntries(Object.entries(services).map(([name, { depends_on }]) => [name, depends_on]));
  assert.deepEqual(needs, {
    postgres: {},
    migrate: { postgres: { condition: 'service_healthy' } },
    api: { migrate: { condition: 'service_completed_successfully' } },
    worker: { api: { condition: 'service_healthy' } },
  });
  assert.notEqual(services['postgres']?.healthcheck.test, undefined);
});

test('everything of ours runs on a root that cannot be written to, without capabilities, and as nobody who may become more', async () => {
  assert.deepEqual(Object.keys(services).sort(), [...OURS, 'postgres'].sort());
  for (const name of OURS) {
    const { read_only, cap_drop, security_opt } = services[name] ?? container.parse({});
    assert.deepEqual([read_only, cap_drop, security_opt], [true, ['ALL'], ['no-new-privileges:true']], name);
  }
  assert.match(await readText('Dockerfile'), /\nUSER node\n(?![\s\S]*\nUSER )/);
});

test('every secret is a file, and none is in the environment', () => {
  assert.deepEqual(Object.keys(secrets).sort(), [...new Set(Object.values(services).flatMap((one) => one.secrets))].sort());
  const named = Object.values(services).flatMap(({ environment }) => Object.keys(environment));
  assert.deepEqual(
    named.filter((name) => /TOKEN|SECRET|PASSWORD$|_KEY$/.test(name)),
    [],
  );
});

test('the configuration of the containers is in order, as each of them reads it, and only the migration changes the schema', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'secrets'));
  for (const name of Object.keys(secrets)) {
    await writeFile(
      path.join(folder, 'secrets', name),
      name === 'database_url' ? 'postgresql://leaver:x@postgres:5432/leaver' : `${name}-0123456789`,
    );
  }
  const text = (await readText('docker/leaver.yaml')).replaceAll('/run/secrets', path.join(folder, 'secrets'));
  const filled = (environment: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, FILLED[name] ?? value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]),
    );
  const configs = await Promise.all(
    OURS.map(async (name) => await parseConfig({ text, path: '/etc/leaver/leaver.yaml', env: filled(services[name]?.environment ?? {}) })),
  );
  assert.deepEqual(
    configs.map(({ roles, database, dataDir }) => [roles, database.migrate, dataDir]),
    [
      [['api'], false, '/var/lib/leaver'],
      [['api'], false, '/var/lib/leaver'],
      [['worker'], false, '/var/lib/leaver'],
    ],
  );
  assert.deepEqual(services['migrate']?.command, ['node', 'src/cli/cli.ts', 'migrate']);
});

const FILLED: Readonly<Record<string, string>> = {
  FASTIO_FALLBACK_OWNER_ID: '9000000000000000001',
  FASTIO_ORG_ID: 'org-1',
  FASTIO_URL: 'https://fastio.example',
  LEAVER_OPERATOR_SHA256: '0'.repeat(64),
};
