import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { startApp } from '../../app.ts';
import { type Config, parseConfig } from '../../config/config.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { createLog } from '../../kernel/log.ts';
import { type FastioSandbox, startFastio } from '../../sandbox/fastio/fastio.ts';
import { type FlashbackSandbox, startFlashback } from '../../sandbox/flashback/flashback.ts';
import { type Mailbox, startMailbox } from '../../sandbox/mailbox.ts';
import { connectTo, type Service } from '../service.ts';
import type { OpenChannel, Provider, Sender } from './channel.ts';
import type { Closers } from './closers.ts';
import { freePort } from './free-port.ts';
import { type People, type Person, settlePeople } from './people.ts';
import { secret } from './secret.ts';

/** Everything that the demo runs on, each part listening on 127.0.0.1. */
export interface Stack {
  readonly service: Service;
  /** The operator token that `service` signs in with. */
  readonly token: string;
  readonly fastio: FastioSandbox;
  readonly flashback: FlashbackSandbox;
  /** Where the service sends its mail. */
  readonly mailbox: Mailbox;
  readonly sender: Sender;
  readonly people: People;
}

export interface StackNeeds {
  readonly openChannel: OpenChannel;
  readonly provider: Provider;
  /** An empty one of the stack's own; by default an embedded PostgreSQL is started. */
  readonly databaseUrl?: string;
  readonly habits: Habits;
  readonly closers: Closers;
  readonly signal: AbortSignal;
}

/** How Fastio behaves. */
export interface Habits {
  readonly latencyMs: number;
  readonly auditDelayMs: number;
  readonly pageSize: number;
}

/** Starts everything. However far it came, what was started is in `closers`. */
export async function startStack({ openChannel, provider, databaseUrl, habits, closers, signal }: StackNeeds): Promise<Stack> {
  const fastio = await startFastio(habits);
  closers.push(async () => await fastio.close());
  const flashback = await startFlashback();
  closers.push(async () => await flashback.close());
  const people = settlePeople({ fastio, flashback });
  const mailbox = await startMailbox();
  closers.push(async () => await mailbox.close());
  const dataDir = await makeDataDir(closers);
  const token = secret();
  const port = await freePort();
  const sender = await openChannel({ origin: `http://127.0.0.1:${port}`, people, provider, closers });
  const { connection } = sender;
  const config = await readSettings({
    dataDir,
    databaseUrl,
    port,
    fastio,
    mailbox,
    flashback,
    successor: people.successor,
    token,
    connection,
  });
  signal.throwIfAborted();
  const app = await startApp({ config, log: createLog({ level: 'warn', destination: process.stderr }) });
  closers.push(async () => await app.close());
  signal.throwIfAborted();
  return { service: connectTo({ url: app.url, token }), token, fastio, flashback, mailbox, sender, people };
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
  readonly databaseUrl: string | undefined;
  readonly port: number;
  readonly fastio: FastioSandbox;
  readonly flashback: FlashbackSandbox;
  readonly successor: Person;
  readonly mailbox: Mailbox;
  readonly token: string;
  readonly connection: JsonObject;
}

async function readSettings(needs: SettingsNeeds): Promise<Config> {
  const { dataDir, databaseUrl, port, fastio, flashback, mailbox, successor, token, connection } = needs;
  const settings = {
    server: { host: '127.0.0.1', port },
    database: { url: databaseUrl ?? '' },
    dataDir,
    operators: { tokens: [{ name: 'demo', role: 'operator', sha256: createHash('sha256').update(token).digest('hex') }] },
    connections: [connection],
    targets: [
      { id: 'fastio', kind: 'fastio', baseUrl: fastio.url, token: fastio.token, orgId: fastio.orgId, fallbackOwnerId: successor.id },
      { id: 'flashback', kind: 'flashback', baseUrl: flashback.url, token: flashback.token, fallbackOwnerId: successor.flashbackId },
    ],
    notifications: { smtp: { host: mailbox.host, port: mailbox.port, from: 'Leaver <leaver@example.com>' } },
    // The audit log tells of a removal a second late; a demo need not wait five for it.
    policy: { stepRetry: { minDelayMs: 200, maxDelayMs: 1_000, deadlineMs: 60_000 } },
  };
  return await parseConfig({ text: stringify(settings), path: path.join(dataDir, 'leaver.yaml'), env: {} });
}
