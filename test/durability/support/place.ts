import path from 'node:path';
import type { TestContext } from 'node:test';
import type { FastioSandbox } from '../../../src/sandbox/fastio/fastio.ts';
import { freshDatabaseUrl } from '../../support/database.ts';
import { type ServiceProcess, spawnService } from '../../support/process.ts';
import { settings, temporaryFolder } from '../../support/service.ts';
import { openOrganization } from './leavers.ts';

/** How long a case may take on a busy machine. */
export const PATIENCE_MS = 120_000;
/** Nothing may give up by itself what is held at a call until the process is killed. */
const PATIENT = { http: { timeoutMs: PATIENCE_MS, retry: { attempts: 1, minDelayMs: 20, maxDelayMs: 200 } } };

/** A service that can be started again and again, with what it works on. */
export interface Place {
  readonly fastio: FastioSandbox;
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** Starts the service anew on what the one before it has left. */
  start(): Promise<ServiceProcess>;
}

/** Lists come in pages of one, so that each is really followed. */
export async function openPlace(
  t: TestContext,
  parts: { readonly databaseUrl?: string; readonly fastio?: FastioSandbox; readonly roles?: readonly string[] } = {},
): Promise<Place> {
  const fastio = parts.fastio ?? (await openOrganization(t, { pageSize: 1 }));
  const databaseUrl = parts.databaseUrl ?? (await freshDatabaseUrl(t));
  const folder = await temporaryFolder(t);
  const dataDir = path.join(folder, 'data');
  const config = settings({ dataDir, databaseUrl, fastio }, { ...PATIENT, ...(parts.roles && { roles: parts.roles }) });
  return { fastio, databaseUrl, dataDir, start: async () => await spawnService(t, folder, config) };
}
