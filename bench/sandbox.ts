import { startFastio } from '../src/sandbox/fastio/fastio.ts';

/** The target of the benchmark, in a process of its own: every call takes `LATENCY_MS`, and there are `LEAVERS` people to take out, each with `WORKSPACES`. */
const WORKSPACES = Number(process.env['WORKSPACES'] ?? 1);
const successorId = '9000000000000000001';
const fastio = await startFastio({ latencyMs: Number(process.env['LATENCY_MS'] ?? 0) });
fastio.scenario.addUser({ id: successorId, email: 'successor@bench.example' });
for (let index = 0; index < Number(process.env['LEAVERS'] ?? 0); index += 1) {
  const { id } = fastio.scenario.addUser({
    id: `7${String(index).padStart(18, '0')}`,
    email: `leaver${index}@bench.example`,
    sessions: 2,
    tokens: 2,
  });
  for (let number = 0; number < WORKSPACES; number += 1) {
    fastio.scenario.addWorkspace({ ownerId: id, name: `workspace ${index}-${number}` });
  }
}
process.stdout.write(`${JSON.stringify({ url: fastio.url, token: fastio.token, orgId: fastio.orgId, successorId })}\n`);
process.once('SIGTERM', () => void fastio.close());
