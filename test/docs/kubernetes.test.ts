import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { type Config, parseConfig } from '../../src/config/config.ts';
import { EVIDENCE_TYPE } from '../../src/ledger/signature-type.ts';
import { openSigner } from '../../src/ledger/signer.ts';
import { freshDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/service.ts';
import { blocksOf, readPage } from './pages.ts';

const named = z.looseObject({ name: z.string() });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) }).loose();
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  ports: z.array(named).default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  securityContext: z.unknown(),
  volumeMounts: z.array(
    z.object({ name: z.string(), mountPath: z.string(), subPath: z.string().optional(), readOnly: z.boolean().default(false) }),
  ),
});
const volume = z.object({
  name: z.string(),
  configMap: named.optional(),
  secret: z.object({ secretName: z.string(), defaultMode: z.number() }).optional(),
  emptyDir: z.object({}).optional(),
});
const pod = z.looseObject({
  automountServiceAccountToken: z.literal(false),
  terminationGracePeriodSeconds: z.number().optional(),
  securityContext: z.unknown(),
  containers: z.tuple([container]),
  volumes: z.array(volume),
});
const labels = z.record(z.string(), z.string());
const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.literal('leaver') }),
});
const runs = object.extend({
  spec: z.looseObject({
    replicas: z.number().optional(),
    selector: z.object({ matchLabels: labels }).optional(),
    template: z.object({ metadata: z.object({ labels }), spec: pod }),
  }),
});
const configMap = object.extend({ data: z.object({ 'leaver.yaml': z.string() }) });

const page = await readPage('docs/kubernetes.md');
// Kubernetes reads YAML 1.1, in which 0440 is an octal number.
const objects = blocksOf(page, 'yaml')
  .flatMap((block) => parseAllDocuments(block, { version: '1.1' }))
  .map((document) => {
    assert.deepEqual(document.errors, []);
    return object.parse(document.toJS());
  });
const ofKind = (...kinds: readonly string[]) => objects.filter(({ kind }) => kinds.includes(kind));
const workloads = ofKind('Deployment', 'Job').map((one) => runs.parse(one));
const config = configMap.parse(ofKind('ConfigMap')[0]).data['leaver.yaml'];

/** The files of each secret, as the page says to make them. */
const secretFiles = new Map(
  blocksOf(page, 'sh')
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => {
      const [, name] = /create secret generic (\S+)/.exec(line) ?? [];
      return name ? [[name, [...line.matchAll(/--from-file=([^\s=]+)/g)].map(([, file = '']) => file)] as const] : [];
    }),
);

test('the page shows two services and two workers, a job that migrates, and what is in front of the services', () => {
  assert.deepEqual(
    objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`),
    [
      'v1 ConfigMap leaver-config',
      `batch/v1 Job leaver-migrate-${manifest.version.replaceAll('.', '-')}`,
      'apps/v1 Deployment leaver-api',
      'v1 Service leaver',
      'policy/v1 PodDisruptionBudget leaver-api',
      'apps/v1 Deployment leaver-worker',
    ],
  );
  assert.ok(workloads.filter(({ kind }) => kind === 'Deployment').every(({ spec }) => (spec.replicas ?? 1) >= 2));
  for (const { spec } of workloads) {
    assert.deepEqual({ ...spec.template.metadata.labels, ...spec.selector?.matchLabels }, spec.template.metadata.labels);
  }
});

test('everything runs this version, as nobody, on a root that cannot be written to, without capabilities', () => {
  for (const { spec } of workloads) {
    const { containers, securityContext, volumes } = spec.template.spec;
    const [{ image, securityContext: own, volumeMounts }] = containers;
    assert.ok(image.endsWith(`/leaver:${manifest.version}`));
    assert.deepEqual(securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(own, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    assert.deepEqual(new Set(volumeMounts.map(({ name }) => name)), new Set(volumes.map(({ name }) => name)));
    const writable = new Set(volumes.filter(({ emptyDir }) => emptyDir).map(({ name }) => name));
    assert.ok(
      volumeMounts.every(({ name, readOnly }) => readOnly !== writable.has(name)),
      'what is not for writing is mounted for reading',
    );
    assert.ok(volumes.every(({ secret }) => secret === undefined || (secretFiles.has(secret.secretName) && secret.defaultMode === 0o440)));
  }
});

test('the probes ask routes that there are, at a port that there is, and a process gets the time that it takes to stop', async (t) => {
  const { paths } = parse(await readPage('openapi.yaml')) as { paths: Record<string, unknown> };
  const { server } = await load(t, 'api');
  for (const { spec } of workloads.filter(({ kind }) => kind === 'Deployment')) {
    const { containers, terminationGracePeriodSeconds = 0 } = spec.template.spec;
    const [{ ports, startupProbe, livenessProbe, readinessProbe }] = containers;
    const asked = [startupProbe, livenessProbe, readinessProbe].map((one) => one?.httpGet);
    assert.deepEqual(
      asked.map((one) => one?.path),
      ['/livez', '/livez', '/readyz'],
    );
    assert.ok(asked.every((one) => one && one.path in paths && ports.some(({ name }) => name === one.port)));
    assert.deepEqual(ports, [{ name: 'http', containerPort: server.port }]);
    assert.ok(terminationGracePeriodSeconds > server.shutdownSeconds + 15);
  }
});

/** The configuration as a container with this role reads it, with the secrets that the page makes. */
async function load(t: TestContext, role: string): Promise<Config> {
  const folder = await temporaryFolder(t);
  for (const name of secretFiles.get('leaver-secrets') ?? []) {
    await writeFile(
      path.join(folder, name),
      name === 'database_url' ? 'postgresql://leaver:x@db.example.com:5432/leaver' : `${name}-0123456789`,
    );
  }
  const text = config.replaceAll('/run/secrets', folder);
  return await parseConfig({ text, path: '/etc/leaver/leaver.yaml', env: { LEAVER_ROLE: role } });
}

test('the configuration is in order with the secrets that the page makes, and each container does its own part', async (t) => {
  for (const { kind, metadata, spec } of workloads) {
    const [{ env, command }] = spec.template.spec.containers;
    const [role] = env.map(({ value }) => value);
    const { roles, database, dataDir } = await load(t, role ?? '');
    assert.equal(database.migrate, false);
    assert.equal(dataDir, '/var/lib/leaver');
    if (kind === 'Job') {
      assert.deepEqual(command, ['node', 'src/cli/cli.ts', 'migrate']);
    } else {
      assert.deepEqual([metadata.name, command], [`leaver-${roles.join()}`, undefined]);
    }
  }
});

test('the line of the page makes a key with which evidence is signed', async (t) => {
  const [, script = ''] = /node -e '([^']+)' > evidence-key\.json/.exec(page) ?? [];
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'evidence-key.json'), execFileSync(process.execPath, ['-e', script]));
  const { db } = await freshDatabase(t);
  const signer = await openSigner({ dataDir: folder, db });
  assert.match((await signer.sign('evidence', EVIDENCE_TYPE)).jws, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.deepEqual(secretFiles.get('leaver-evidence-key'), ['evidence-key.json']);
});
