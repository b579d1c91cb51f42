import path from 'node:path';
import type { Config } from './config/config.ts';
import { toInspect } from './connection-checks.ts';
import {
  openReaders,
  openTenants,
  toConfirmers,
  toEventHook,
  toManagerSources,
  toNotifications,
  toOperators,
  toPollers,
  toRevocation,
  toScim,
  toSharedSignals,
  toTimeouts,
  toWatched,
  toWebhook,
} from './connections.ts';
import { type Database, openDatabase, pingDatabase } from './database/database.ts';
import { createExclusive } from './database/exclusive.ts';
import { isMigrated } from './database/migrate.ts';
import { createNotifications } from './database/notifications.ts';
import { chooseSuccessor, createDirectory, createSuperiors } from './directory/directory.ts';
import { ensureSchema, findDatabase, waitForDatabase } from './find-database.ts';
import { buildHttp, type Http } from './http/build-http.ts';
import { docsPage } from './http/docs-page.ts';
import { createLook, healthRoutes, type Look } from './http/health.ts';
import { openapiRoute, renderOpenapi } from './http/openapi.ts';
import { openStartingServer } from './http/starting.ts';
import { createKeep } from './intake/entra-graph/keep.ts';
import { createGraphWorker } from './intake/entra-graph/worker.ts';
import { createIntake } from './intake/intake.ts';
import { readDisposition } from './intake/store.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { newId } from './kernel/ids.ts';
import { keptAnswer } from './kernel/kept-answer.ts';
import type { Log } from './kernel/log.ts';
import { createLedgerChecker, type LedgerStatus } from './ledger/checker.ts';
import { keepCheckpoints } from './ledger/keep-checkpoints.ts';
import { createLedger } from './ledger/ledger.ts';
import { openMemory } from './ledger/memory.ts';
import { openSigner } from './ledger/signer.ts';
import { openMessages } from './messages.ts';
import { createFence, FENCE_TTL_MS } from './offboarding/fence.ts';
import { createOffboarding, type Offboarding } from './offboarding/offboarding.ts';
import { createQueue } from './offboarding/queue.ts';
import type { Worker } from './offboarding/worker.ts';
import { openWorkerSession } from './offboarding/worker-session.ts';
import { keepPruned } from './retention/retention.ts';
import { registerRoutes } from './routes.ts';
import { createFastioTarget } from './targets/fastio/fastio.ts';
import { createFastioLiveTarget } from './targets/fastio-live/fastio-live.ts';
import { createFlashbackTarget } from './targets/flashback/flashback.ts';
import { createTargets, type Targets } from './targets/registry.ts';
import type { TellSuccessor } from './targets/target.ts';
import { createMetrics, type GaugeSources, type LedgerCheck, metricsRoute, observeRefusals } from './telemetry/telemetry.ts';

const OPENAPI_FILE = path.join(import.meta.dirname, '..', 'openapi.yaml');
const TRANSFERS_AT_ONCE = 4;
/** For messages on their way when the service stops. */
const MESSAGES_GRACE_MS = 5_000;

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
}

/** The running service. */
export interface App {
  /** Where it listens, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The description of the API as the code has it, which the committed `openapi.yaml` must equal. */
  openapi(): string;
  /** Stops in order: nothing new is started, running steps get `server.shutdownSeconds` to end, then everything is closed. */
  close(): Promise<void>;
}

/** Things to undo, last one first, however far the start had come. */
type Closers = Array<() => Promise<void>>;

/** Puts the service together and starts it. When something fails on the way, what had been started is stopped again. */
export async function startApp({ config, log, clock = systemClock }: AppOptions): Promise<App> {
  const closers: Closers = [];
  const close = async (): Promise<void> => await closeAll(closers, log);
  try {
    const { url, http } = await compose(config, log, clock, closers);
    return { url, openapi: () => renderOpenapi(http), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function compose(given: Config, log: Log, clock: Clock, closers: Closers): Promise<{ url: string; http: Http }> {
  const metrics = createMetrics({ clock });
  const { observe } = metrics;
  // Every client of another system has these settings, and tells of its calls.
  const config = { ...given, http: { ...given.http, observe } };
  const starting = await openStartingServer(config.server);
  closers.push(async () => await starting.close());
  starting.says('the embedded PostgreSQL is starting');
  const found = await findDatabase(config, log, clock);
  closers.push(async () => await found.stop());
  const databaseUrl = found.url;
  const db = openDatabase({ url: databaseUrl, log });
  closers.push(async () => await db.destroy());
  starting.says('the database does not answer yet');
  await waitForDatabase(db, clock, log);
  starting.says('the database is brought up to date');
  await ensureSchema(db, config.database.migrate, clock, log);
  starting.says('the last parts are being put together');

  const signer = await openSigner({ dataDir: config.dataDir, db });
  const ledger = createLedger({ db, clock, log });
  const checker = createLedgerChecker({
    db,
    signer,
    memory: openMemory(config.dataDir),
    clock,
    log,
    everySeconds: config.ledger.checkSeconds,
  });
  const notifications = createNotifications({ url: databaseUrl, log, clock });
  closers.push(async () => await notifications.close());
  const fence = createFence(clock, FENCE_TTL_MS);
  const messages = await openMessages(config, { db, newId, clock, log });
  closers.push(async () => await messages.stop(MESSAGES_GRACE_MS));
  const targets = openTargets(config, log, clock, messages.tellSuccessor);
  closers.push(async () => await targets.close());

  const works = config.roles.includes('worker');
  const queue = createQueue({ url: databaseUrl, log, works });
  await queue.start();
  closers.push(async () => await queue.stop());

  const directory = createDirectory({ newId });
  const tenants = openTenants(config, log, clock);
  const readers = openReaders(config, tenants, log, clock);
  closers.push(async () => await closeTogether([...readers.values(), ...tenants.map(({ graph }) => graph)]));
  const offboarding = createOffboarding({
    db,
    ledger,
    directory,
    queue,
    notifications,
    tell: messages.tell,
    targets: new Map(targets.all().map((target) => [target.id, target])),
    confirmers: toConfirmers(config, readers, { clock, idAt: async (...of) => await directory.idAt(db, ...of) }),
    superiorsOf: createSuperiors({
      sources: toManagerSources(config, readers, db),
      idAt: async (...of) => await directory.idAt(db, ...of),
      addressesOf: async (who) => await directory.addressesOf(db, who),
      clock,
    }),
    policy: { ...config.policy, transfersAtOnce: TRANSFERS_AT_ONCE },
    clock,
    log,
    newId,
    random: Math.random,
    observe,
  });
  const intake = createIntake({ db, directory, offboarding, ledger, newId, observe });
  const streams = config.connections.flatMap((connection) => toSharedSignals(connection, { clock, log }));
  const worker = works
    ? offboarding.createWorker({
        beforeCall: () => fence.check(),
        openSession: async (onLost) => await openWorkerSession({ url: databaseUrl, db, clock, newId, log, fence, onLost }),
      })
    : null;

  const http = await buildHttp({ log, ...config.server, timeouts: toTimeouts(config) });
  const closing = new AbortController();
  const look = createReadiness(db, worker, closing.signal, clock);
  healthRoutes(http, look, { ledger: checker.status });
  observeRefusals(http, observe);
  const sources = gaugeSources(targets, offboarding, look, clock, () => checkOf(checker.status()));
  metricsRoute(http, async () => await metrics.render(sources));
  if (config.roles.includes('api')) {
    const { connections } = config;
    const meanings = config.policy.signals;
    registerRoutes(http, {
      operators: toOperators(config, { clock, log }),
      eventHook: { hooks: connections.flatMap(toEventHook), meanings, intake },
      revocation: {
        revocations: connections.flatMap((connection) => toRevocation(connection, { clock, log })),
        meanings,
        intake,
        dispositionOf: async (...of) => await readDisposition(db, ...of),
      },
      scim: {
        connections: connections.flatMap((connection) => toScim(connection, { clock, log })),
        publicUrl: config.server.publicUrl,
        meanings,
        db,
        directory,
        intake,
        newId,
        log,
      },
      graph: { connections: tenants.map((tenant) => toNotifications(tenant, log, clock)), intake, keep: createKeep({ db, clock }) },
      sharedSignals: { streams, meanings, intake },
      webhook: { webhooks: connections.flatMap(toWebhook), meanings, intake, clock },
      signals: intake,
      connections: toInspect({ config, tenants, readers, intake, db, clock }),
      cases: { offboarding, closing: closing.signal },
      ledger: { db, ledger, signer, describe: async (tx, id) => await offboarding.describe(tx, id) },
      retention: { db, ledger },
      targets: { targets: targets.all(), outages: offboarding.outages },
    });
    await openapiRoute(http, OPENAPI_FILE);
    await docsPage(http);
  }
  closers.push(ledger.keepSealed());
  closers.push(keepCheckpoints({ db, signer, clock, log, schedule: config.ledger }));
  closers.push(checker.keepChecking());
  if (works && config.ledger.retentionDays !== undefined) {
    closers.push(keepPruned({ db, ledger, clock, log, retentionDays: config.ledger.retentionDays }));
  }
  closers.push(async () => await closeHttp(http));
  await starting.close();
  const address = await http.listen({ host: config.server.host, port: config.server.port });
  await worker?.start();
  closers.push(async () => {
    closing.abort();
    await worker?.stop(config.server.shutdownSeconds * 1_000);
  });
  if (works) {
    const exclusively = createExclusive({ url: databaseUrl, clock, log });
    const inbound = [
      ...toPollers(config, streams, { meanings: config.policy.signals, intake, exclusively, clock, log, observe }),
      createGraphWorker({ db, intake, clock, log, connections: tenants.map((tenant) => toWatched(tenant, config, readers)) }),
    ];
    messages.start();
    // Not before we listen: Graph calls us back while a subscription is made.
    for (const one of inbound) {
      one.start();
      closers.push(async () => await one.stop());
    }
  }
  log.info({ url: address, roles: config.roles }, 'Leaver is ready');
  return { url: address, http };
}

function openTargets(config: Config, log: Log, clock: Clock, tellSuccessor: TellSuccessor | undefined): Targets {
  const around = { http: config.http, clock, log, chooseSuccessor };
  return createTargets(config.targets, {
    fastio: ({ token, ...settings }) => createFastioTarget({ ...settings, ...around, tellSuccessor, token: token.reveal() }),
    'fastio-live': ({ token, ...settings }) => createFastioLiveTarget({ ...settings, ...around, tellSuccessor, token: token.reveal() }),
    flashback: ({ token, refreshToken, ...settings }) =>
      createFlashbackTarget({ ...settings, ...around, token: token.reveal(), refreshToken: refreshToken?.reveal() }),
  });
}

async function closeTogether(things: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(things.map(async (one) => await one.close()));
}

/** Probes ask the database no more often than this, however many there are. */
const PROBE_MS = 1_000;

function createReadiness(db: Database, worker: Worker | null, closing: AbortSignal, clock: Clock): Look {
  const checks = [
    { name: 'accepting', cause: () => (closing.aborted ? 'the service is stopping' : null) },
    {
      name: 'database',
      keepMs: PROBE_MS,
      unclear: 'the database does not answer',
      cause: async () => await pingDatabase(db).then(() => null),
    },
    {
      name: 'migrations',
      keepMs: PROBE_MS,
      unclear: 'whether the schema of the database is the one of this version cannot be told now',
      cause: async () => ((await isMigrated(db)) ? null : 'the schema of the database is not the one of this version'),
    },
  ];
  return createLook([...checks, ...(worker ? [{ name: 'worker', cause: () => worker.idleBecause() }] : [])], clock);
}

const SCRAPE_MS = 5_000;

/** Null before the ledger was checked for the first time. */
function checkOf({ ok, checkedAt }: LedgerStatus): LedgerCheck | null {
  return checkedAt === null ? null : { intact: ok, at: new Date(checkedAt) };
}

/** What metrics read when they are asked for. */
function gaugeSources(
  targets: Targets,
  offboarding: Offboarding,
  look: Look,
  clock: Clock,
  ledgerCheck: () => LedgerCheck | null,
): GaugeSources {
  return {
    targets: targets.all().map(({ id }) => id),
    standing: keptAnswer({ clock, keepMs: SCRAPE_MS, patienceMs: 2_000, otherwise: null, ask: async () => await offboarding.overview() }),
    checks: look,
    ledgerCheck,
  };
}

const LINGER_MS = 3_000;

/** Lets requests under way end; a connection that was opened and never used, or a client that does not read, holds nobody up. */
async function closeHttp(http: Http): Promise<void> {
  const linger = setTimeout(() => http.server.closeAllConnections(), LINGER_MS);
  await http.close().finally(() => clearTimeout(linger));
}

async function closeAll(closers: Closers, log: Log): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => log.error({ err: error }, 'something could not be closed in order'));
  }
}
