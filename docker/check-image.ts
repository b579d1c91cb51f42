import { spawn, spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { parse, stringify } from 'yaml';

/**
 * Follows the Dockerfile in an empty folder where no Docker engine is at hand: its COPY and RUN npm lines, then, as an unprivileged user
 * who can write to the data folder only, the migration as docker-compose.yml runs it, its CMD, its HEALTHCHECK, and its end on SIGTERM. Exits 1 when anything of it fails.
 */
const ROOT = path.join(import.meta.dirname, '..');
const UNPRIVILEGED = 65_534;
const READY_MS = 60_000;

const instructions = DockerfileParser.parse(await readFile(path.join(ROOT, 'Dockerfile'), 'utf8')).getInstructions();
const image = await mkdtemp(path.join(os.tmpdir(), 'leaver-image-'));
await chmod(image, 0o755);
try {
  await build();
  await run();
  process.stdout.write('the image builds, migrates, runs read-only as an unprivileged user, is healthy and stops in order\n');
} finally {
  await rm(image, { recursive: true, force: true });
}

function textOf(instruction: Instruction): string {
  return instruction.getArgumentsContent() ?? '';
}

/** The last instruction of the kind, in its JSON form. */
function commandOf(keyword: string): string[] {
  const text = textOf(instructions.findLast((one) => one.getKeyword() === keyword) ?? fail(`the Dockerfile has no ${keyword}`));
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

function fail(message: string): never {
  throw new Error(message);
}

/** What both stages put into /app, in one folder: files of the project only as COPY names them, packages only as RUN installs them. */
async function build(): Promise<void> {
  for (const instruction of instructions) {
    const text = textOf(instruction);
    if (instruction.getKeyword() === 'COPY' && !instruction.getTextContent().includes('--from=')) {
      const parts = text.split(/\s+/);
      for (const file of parts.slice(0, -1)) {
        await cp(path.join(ROOT, file), path.join(image, 'app', file), { recursive: true });
      }
    } else if (instruction.getKeyword() === 'RUN' && text.startsWith('npm ')) {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', text], { cwd: path.join(image, 'app'), encoding: 'utf8' });
      if (status !== 0) {
        fail(`RUN ${text} failed with ${status}: ${stdout}${stderr}`);
      }
    }
  }
}

async function run(): Promise<void> {
  const data = path.join(image, 'data');
  await mkdir(data, { mode: 0o777 });
  await chmod(data, 0o777);
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const config = path.join(image, 'leaver.yaml');
  const target = { id: 'fastio', kind: 'fastio', baseUrl: 'http://127.0.0.1:9', token: 'none', orgId: 'org', fallbackOwnerId: 'owner' };
  await writeFile(config, stringify({ server: { port }, dataDir: data, targets: [target] }));
  const env = { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', LEAVER_CONFIG: config, LEAVER_PORT: String(port) };
  const identity = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  await migrate(env, identity);
  const [command = '', ...args] = commandOf('CMD');
  const child = spawn(command, args, { cwd: path.join(image, 'app'), env, stdio: ['ignore', 'pipe', 'inherit'], ...identity });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    await untilReady(child.stdout, ended);
    const [probe = '', ...probeArgs] = commandOf('HEALTHCHECK');
    const { status } = spawnSync(probe, probeArgs, { env, cwd: path.join(image, 'app') });
    if (status !== 0) {
      fail(`HEALTHCHECK says ${status}`);
    }
  } finally {
    child.kill('SIGTERM');
  }
  const code = await ended;
  if (code !== 0) {
    fail(`the service ended with ${code} on SIGTERM`);
  }
}

async function migrate(env: NodeJS.ProcessEnv, identity: object): Promise<void> {
  const compose: unknown = parse(await readFile(path.join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
  const [command = '', ...args] = (compose as { services: { migrate: { command: string[] } } }).services.migrate.command;
  const { status, stdout, stderr } = spawnSync(command, args, { env, cwd: path.join(image, 'app'), encoding: 'utf8', ...identity });
  if (status !== 0) {
    fail(`the migration ended with ${status}: ${stdout}${stderr}`);
  }
}

async function untilReady(stdout: NodeJS.ReadableStream, ended: Promise<number | null>): Promise<void> {
  const ready = new Promise<string>((resolve) => {
    let text = '';
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('Leaver is ready')) {
        resolve('ready');
      }
    });
  });
  const tooLate = new Promise<string>((resolve) => setTimeout(() => resolve('too late'), READY_MS).unref());
  const outcome = await Promise.race([ready, ended.then((code) => `ended with ${code}`), tooLate]);
  if (outcome !== 'ready') {
    fail(`the service did not become ready: ${outcome}`);
  }
}
