import type { TestContext } from 'node:test';
import { createEntraReader, createOktaReader, type DirectoryReader, openGraph } from '../../../src/directory/reader.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { type Entra, type EntraOptions, startEntra } from '../../../src/sandbox/entra.ts';
import { type OktaUsers, type OktaUsersOptions, startOktaUsers } from '../../../src/sandbox/okta.ts';
import { undo } from '../../support/undo.ts';
import { keptLog } from '../../targets/support/log-lines.ts';
import { type MovingClock, movingClock } from '../../targets/support/moving-clock.ts';

export const alive = (): AbortSignal => new AbortController().signal;
export const HTTP = { timeoutMs: 250, retry: { attempts: 2, minDelayMs: 10, maxDelayMs: 5_000 } };
export const SSWS = 'ssws-1a2b3c4d5e';

export interface ReaderStage {
  readonly reader: DirectoryReader;
  readonly clock: MovingClock;
  readonly lines: readonly string[];
}

/** An Okta organization and a reader of it that is closed at the end of the test. */
export async function oktaStage(
  t: TestContext,
  options: OktaUsersOptions = { token: SSWS },
  signIn: Parameters<typeof createOktaReader>[0]['signIn'] = { token: SSWS },
): Promise<ReaderStage & { readonly okta: OktaUsers }> {
  const okta = await startOktaUsers(options);
  undo(t, async () => await okta.close());
  return { okta, ...oktaReaderOf(t, okta.url, signIn) };
}

export function oktaReaderOf(
  t: TestContext,
  baseUrl: string,
  signIn: Parameters<typeof createOktaReader>[0]['signIn'] = { token: SSWS },
): ReaderStage {
  const clock = movingClock(new Date().toISOString());
  const { log, lines } = keptLog();
  const reader = createOktaReader({ connection: 'okta-main', baseUrl, signIn, http: HTTP, clock, log });
  undo(t, async () => await reader.close());
  return { reader, clock, lines };
}

/** An Entra tenant and a reader of it. */
export async function entraStage(t: TestContext, options: EntraOptions = {}): Promise<ReaderStage & { readonly entra: Entra }> {
  const entra = await startEntra(options);
  undo(t, async () => await entra.close());
  return { entra, ...entraReaderOf(t, entra) };
}

export function entraReaderOf(
  t: TestContext,
  site: Pick<Entra, 'graphUrl' | 'tokenUrl' | 'clientId' | 'clientSecret'>,
  clock: Clock & MovingClock = movingClock(new Date().toISOString()),
): ReaderStage {
  const { log, lines } = keptLog();
  const { graphUrl, tokenUrl, clientId, clientSecret } = site;
  const graph = openGraph({ connection: 'entra-main', baseUrl: graphUrl, tokenUrl, clientId, clientSecret, http: HTTP, clock, log });
  undo(t, async () => await graph.close());
  return { reader: createEntraReader({ connection: 'entra-main', graph }), clock, lines };
}
