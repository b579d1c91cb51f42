import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { startApp } from '../../app.ts';
import { type Config, parseConfig } from '../../config/config.ts';
import { messageOf } from '../../kernel/errors.ts';
import { createLog } from '../../kernel/log.ts';
import { type FastioSandbox, startFastio } from '../../sandbox/fastio/fastio.ts';
import { createOkta, type Okta } from '../../sandbox/okta.ts';
import { note } from '../output.ts';
import { connectTo, type Service } from '../service.ts';
import { type People, settlePeople } from './people.ts';

/** Everything that the demo runs on, each part listening on 127.0.0.1. */
export interface Stack {
  readonly service: Service;
  /** The operator token that `service` signs in with. */
  readonly token: string;
  readonly fastio: FastioSandbox;
  readonly okta: Okta;
  readonly people: People;
}

/** What is to be undone, last one first. */
export type Closers = (() => Promise<void>)[];

/** How Fastio behaves in the demo: like a service at some distance, with an audit log that lags behind. */
export const FASTIO_HABITS = { latencyMs: 50, auditDelayMs: 1_000, pageSize: 3 } as const;

/** Starts everything. However far it came, what was started is in `closers`. */
export async function startStack(closers: Closers, signal: AbortSignal): Promise<Stack> {
  const fastio = await startFastio(FASTIO_HABITS);
  closers.push(async () => await fastio.close());
  const people = settlePeople(fastio);
  const dataDir = await makeDataDir(closers);
  const [token, hookSecret] = [secret(), secret()];
  const config = await readSettings({ dataDir, fastio, fallbackOwnerId: people.successor.id, token, hookSecret });
  signal.throwIfAborted();
  const app = await startApp({ config, log: createLog({ level: 'warn', destination: process.stderr }) });
  closers.push(async () => await app.close());
  signal.throwIfAborted();
  const okta = createOkta({ hookUrl: `${app.url}/intake/okta/okta-main/events`, secret: hookSecret });
  closers.push(async () => await okta.close());
  return { service: connectTo({ url: app.url, token }), token, fastio, okta, people };
}

/** Undoes everything, also when a part of it fails. */
export async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => note(`Something could not be stopped in order: ${messageOf(error)}`));
  }
}

/** As root, PostgreSQL runs as another user, who must be able to enter the folder. */
async function makeDataDir(closers: Closers): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leaver-demo-'));
  closers.push(async () => await rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

interface SettingsNeeds {
  readonly dataDir: string;
  readonly fastio: FastioSandbox;
  readonly fallbackOwnerId: string;
  readonly token: string;
  readonly hookSecret: string;
}

async function readSettings({ dataDir, fastio, fallbackOwnerId, token, hookSecret }: SettingsNeeds): Promise<Config> {
  const { url: baseUrl, token: fastioToken, orgId } = fastio;
  const settings = {
    server: { host: '127.0.0.1', port: 0 },
    dataDir,
    operators: { tokens: [{ name: 'demo', role: 'operator', sha256: createHash('sha256').update(token).digest('hex') }] },
    connections: [{ id: 'okta-main', kind: 'okta', eventHook: { secrets: [hookSecret] } }],
    targets: [{ id: 'fastio', kind: 'fastio', baseUrl, token: fastioToken, orgId, fallbackOwnerId }],
    // The audit log tells of a removal a second late; a demo need not wait five for it.
    policy: { stepRetry: { minDelayMs: 200, maxDelayMs: 1_000, deadlineMs: 60_000 } },
  };
  return await parseConfig({ text: stringify(settings), path: path.join(dataDir, 'leaver.yaml'), env: {} });
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}
