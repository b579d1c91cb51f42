import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { type App, startApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { createLog, type Log } from '../../src/kernel/log.ts';
import type { CaseView } from '../../src/offboarding/views.ts';
import { type FastioOptions, type FastioSandbox, startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { createOkta, type Okta } from '../../src/sandbox/okta.ts';
import { freshDatabaseUrl } from './database.ts';
import { eventually } from './eventually.ts';
import { undo } from './undo.ts';

export const OPERATOR_TOKEN = 'operator-token-of-the-tests';
export const VIEWER_TOKEN = 'viewer-token-of-the-tests';
export const HOOK_SECRET = 'hook-secret-of-the-tests';
export const SUCCESSOR_ID = '9000000000000000001';

export interface TestService {
  readonly app: App;
  readonly url: string;
  readonly databaseUrl: string;
  readonly fastio: FastioSandbox;
  readonly okta: Okta;
  /** Calls the operator API; the answer has the status and the parsed body. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<{ status: number; headers: Headers; body: unknown }>;
  caseOf(email: string): Promise<CaseView | null>;
  /** Waits until the person's case is in the state. */
  untilState(email: string, state: CaseView['state'], ms?: number): Promise<CaseView>;
}

export interface TestServiceOptions {
  readonly fastio?: FastioOptions;
  /** Merged over the settings, one level deep; a list takes the place of the one there. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>> | readonly unknown[]>>;
  readonly log?: Log;
  /** That of the machine by default. */
  readonly clock?: Clock;
  /** A database that exists already, for a second process beside the first. */
  readonly databaseUrl?: string;
  readonly sandbox?: FastioSandbox;
}

/** The whole service in this process, on a database of its own, against a sandbox of its own. Everything is closed when the test ends. */
export async function startService(t: TestContext, options: TestServiceOptions = {}): Promise<TestService> {
  const dataDir = await temporaryFolder(t);
  const databaseUrl = options.databaseUrl ?? (await freshDatabaseUrl(t));
  const fastio = options.sandbox ?? (await startSandbox(t, options.fastio));
  const text = stringify(settings({ dataDir, databaseUrl, fastio }, options.config));
  const config = await parseConfig({ text, path: path.join(dataDir, 'leaver.yaml'), env: {} });
  const app = await startApp({ config, log: options.log ?? createLog({ level: 'fatal' }), ...(options.clock && { clock: options.clock }) });
  undo(t, async () => await app.close());
  const okta = createOkta({ hookUrl: `${app.url}/intake/okta/okta-main/events`, secret: HOOK_SECRET });
  undo(t, async () => await okta.close());
  return { app, url: app.url, databaseUrl, fastio, okta, ...operatorOf(app.url) };
}

async function startSandbox(t: TestContext, options: FastioOptions = {}): Promise<FastioSandbox> {
  const fastio = await startFastio(options);
  undo(t, async () => await fastio.close());
  if (!fastio.users.has(SUCCESSOR_ID)) {
    fastio.scenario.addUser({ id: SUCCESSOR_ID, email: 'successor@example.com' });
  }
  return fastio;
}

/** A folder that an unprivileged database user can reach; it goes when the test ends. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leaver-test-'));
  await chmod(folder, 0o755);
  undo(t, async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The settings of a service against the sandbox, as they would stand in the YAML file. */
export function settings(
  { dataDir, databaseUrl, fastio }: { dataDir: string; databaseUrl: string; fastio: Pick<FastioSandbox, 'url' | 'token' | 'orgId'> },
  overrides: TestServiceOptions['config'] = {},
): Record<string, unknown> {
  const base: Record<string, unknown> = {
    server: { port: 0 },
    database: { url: databaseUrl },
    dataDir,
    operators: {
      tokens: [
        { name: 'it-desk', role: 'operator', sha256: sha256(OPERATOR_TOKEN) },
        { name: 'auditor', role: 'viewer', sha256: sha256(VIEWER_TOKEN) },
      ],
    },
    connections: [{ id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] } }],
    targets: [
      { id: 'fastio', kind: 'fastio', baseUrl: fastio.url, token: fastio.token, orgId: fastio.orgId, fallbackOwnerId: SUCCESSOR_ID },
    ],
    policy: { stepRetry: { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 60_000 } },
    http: { timeoutMs: 2_000, retry: { attempts: 2, minDelayMs: 20, maxDelayMs: 200 } },
  };
  for (const [key, value] of Object.entries(overrides)) {
    base[key] = Array.isArray(value) ? value : { ...(base[key] as object), ...value };
  }
  return base;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** An operator of the service at `url`. */
export function operatorOf(url: string): Pick<TestService, 'call' | 'caseOf' | 'untilState'> {
  const call: TestService['call'] = async (method, where, body, token = OPERATOR_TOKEN) => {
    const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const response = await fetch(`${url}${where}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
    };
  };
  const caseOf: TestService['caseOf'] = async (email) => {
    const { body } = await call('GET', `/v1/cases?email=${encodeURIComponent(email)}`);
    return (body as { items: CaseView[] }).items[0] ?? null;
  };
  const untilState: TestService['untilState'] = async (email, state, ms = 60_000) => {
    let last: CaseView | null = null;
    try {
      return await eventually(
        `the case of ${email} is ${state}`,
        async () => {
          last = await caseOf(email);
          return last?.state === state ? last : null;
        },
        ms,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(last)}`);
    }
  };
  return { call, caseOf, untilState };
}
