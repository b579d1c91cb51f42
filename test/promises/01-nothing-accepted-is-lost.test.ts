import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { createOkta } from '../../src/sandbox/okta.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { spawnService } from '../support/process.ts';
import { HOOK_SECRET, operatorOf, SUCCESSOR_ID, settings, temporaryFolder } from '../support/service.ts';

const PEOPLE = 12;
const email = (index: number): string => `leaver${index}@example.com`;

test('nothing accepted is lost: every delivery that was answered with 2xx becomes a completed case, though the service is killed right after', async (t) => {
  const fastio = await startFastio({ latencyMs: 5 });
  t.after(async () => await fastio.close());
  fastio.scenario.addUser({ id: SUCCESSOR_ID, email: 'successor@example.com' });
  for (let index = 0; index < PEOPLE; index += 1) {
    const { id } = fastio.scenario.addUser({ email: email(index), sessions: 1 });
    fastio.scenario.addWorkspace({ ownerId: id });
    fastio.expectLeaver(id);
  }
  const folder = await temporaryFolder(t);
  const config = settings({ dataDir: path.join(folder, 'data'), databaseUrl: await freshDatabaseUrl(t), fastio });
  const accepted: number[] = [];
  let next = 0;
  while (next < PEOPLE) {
    const service = await spawnService(t, folder, config);
    const okta = createOkta({ hookUrl: `${service.url}/intake/okta/okta-main/events`, secret: HOOK_SECRET });
    const burst = Array.from({ length: 4 }, () => next++);
    const deliveries = burst.map(async (index) => ({ index, ...(await okta.deactivate({ id: `00u${index}`, login: email(index) })) }));
    // Killed as soon as the first answer is there, with the other deliveries anywhere on their way.
    await Promise.race(deliveries);
    await service.end('SIGKILL');
    accepted.push(...(await Promise.all(deliveries)).flatMap(({ status, index }) => (status === 204 ? [index] : [])));
    await okta.close();
  }
  assert.ok(accepted.length >= 3, `the first of each burst was accepted: ${accepted}`);

  const last = await spawnService(t, folder, config);
  const operator = operatorOf(last.url);
  for (const index of accepted) {
    const done = await operator.untilState(email(index), 'completed', 60_000);
    assert.equal(done.signals.length, 1);
  }
  assert.deepEqual(fastio.violations, []);
  await last.end('SIGTERM');
});
