import type { TestContext } from 'node:test';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { startFlashback } from '../../src/sandbox/flashback/flashback.ts';
import { SUCCESSOR_ID, startService, type TestServiceOptions } from './service.ts';
import { undo } from './undo.ts';

export const LEAVER = 'lee.aver@example.com';

/** The service over one Fastio and one Flashback, in each of which the leaver is the only one who looks after a workspace. */
export async function bothTargets(t: TestContext, config: TestServiceOptions['config'] = {}) {
  const flashback = await startFlashback({ token: 'flashback-token-of-the-tests' });
  undo(t, async () => await flashback.close());
  const fastio = await startFastio({ latencyMs: { suspend: 200 } });
  undo(t, async () => await fastio.close());
  fastio.scenario.addUser({ id: SUCCESSOR_ID, email: 'successor@example.com' });
  const left = fastio.scenario.addUser({ email: LEAVER });
  fastio.scenario.addWorkspace({ ownerId: left.id, name: 'Engines' });
  const successor = flashback.scenario.addPerson({ email: 'successor@example.com' });
  const leaver = flashback.scenario.addPerson({ email: LEAVER });
  const workspace = flashback.scenario.addWorkspace({ name: 'Research', members: { [leaver.id]: 'ADMIN' } });
  flashback.expectLeaver(leaver.id);
  const service = await startService(t, {
    sandbox: fastio,
    config: {
      targets: [
        { id: 'fastio', kind: 'fastio', baseUrl: fastio.url, token: fastio.token, orgId: fastio.orgId, fallbackOwnerId: SUCCESSOR_ID },
        { id: 'flashback', kind: 'flashback', baseUrl: flashback.url, token: flashback.token, fallbackOwnerId: successor.id },
      ],
      http: { timeoutMs: 1_000, retry: { attempts: 1, minDelayMs: 10, maxDelayMs: 10 } },
      ...config,
    },
  });
  return { ...service, flashback, leaver, successor, workspace, left };
}
