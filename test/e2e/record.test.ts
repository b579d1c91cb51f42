import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../../src/database/database.ts';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { startFlashback } from '../../src/sandbox/flashback/flashback.ts';
import { startOktaUsers } from '../../src/sandbox/okta-users.ts';
import { tableOf } from '../intake/support/markdown.ts';
import { SILENT } from '../ledger/support/ledger.ts';
import { HOOK_SECRET, OPERATOR_TOKEN, SUCCESSOR_ID, startService, VIEWER_TOKEN } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const LEAVER = 'lee.aver@example.com';
const NAME = 'Lee Maria Aver';
const OKTA_ID = '00ulee4567890abcdefg';
const TOKENS = { fastio: 'fastio-token-of-the-tests', flashback: 'flashback-token-of-the-tests', okta: 'okta-token-of-the-tests' };

interface Recorded {
  readonly seq: number;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Sent {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
}

/**
 * A protected person with everything there is: two targets, of which one fails for a while, a reader at their identity provider, and an operator who
 * approves and names them while doing so. They are taken out of all of it.
 */
async function everythingRecorded(t: TestContext) {
  const okta = await startOktaUsers({ token: TOKENS.okta });
  undo(t, async () => await okta.close());
  const flashback = await startFlashback({ token: TOKENS.flashback });
  undo(t, async () => await flashback.close());
  const fastio = await startFastio({ token: TOKENS.fastio });
  undo(t, async () => await fastio.close());
  okta.deactivate(okta.add({ email: LEAVER, id: OKTA_ID }).id);
  fastio.scenario.addUser({ id: SUCCESSOR_ID, email: 'successor@example.com' });
  const left = fastio.scenario.addUser({ email: LEAVER, name: NAME, tokens: 1, sessions: 1 });
  fastio.scenario.addWorkspace({ ownerId: left.id, name: `Notes of ${NAME}` });
  fastio.scenario.addWebhook({ userId: left.id });
  fastio.fail('deleteTokens', { status: 503 }, { times: 2 });
  const successor = flashback.scenario.addPerson({ email: 'successor@example.com' });
  const person = flashback.scenario.addPerson({ email: LEAVER, name: NAME });
  flashback.scenario.addWorkspace({ members: { [person.id]: 'ADMIN' } });
  const api = { baseUrl: okta.url, token: TOKENS.okta };
  const service = await startService(t, {
    sandbox: fastio,
    config: {
      connections: [{ id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] }, api }],
      targets: [
        { id: 'fastio', kind: 'fastio', baseUrl: fastio.url, token: TOKENS.fastio, orgId: fastio.orgId, fallbackOwnerId: SUCCESSOR_ID },
        { id: 'flashback', kind: 'flashback', baseUrl: flashback.url, token: TOKENS.flashback, fallbackOwnerId: successor.id },
      ],
      policy: { protected: [LEAVER], stepRetry: { minDelayMs: 100, maxDelayMs: 200, deadlineMs: 60_000 } },
    },
  });
  assert.equal((await service.okta.deactivate({ id: OKTA_ID, login: LEAVER })).status, 204);
  const { id } = await service.untilState(LEAVER, 'held');
  await service.call('POST', `/v1/cases/${id}/approve`, { reason: `HR confirms: ${LEAVER} left` });
  await service.untilState(LEAVER, 'completed');
  return { ...service, id, flashback, left, person, entries: await readEntries(t, service.databaseUrl) };
}

async function readEntries(t: TestContext, url: string) {
  const db = openDatabase({ url, log: SILENT, maxConnections: 1 });
  t.after(async () => await db.destroy());
  const { rows } = await sql<{
    id: string;
    body: string;
    personal: string | null;
  }>`select id, body, personal from ledger_entry order by id`.execute(db);
  const all = rows.map(({ id, body }) => ({ seq: Number(id), ...(JSON.parse(body) as Omit<Recorded, 'seq'>) }));
  return { all, hashed: rows.map(({ body }) => body).join('\n'), apart: rows.map(({ personal }) => personal ?? '').join('\n') };
}

/** Each member that is recorded is written on the page, and each that must be there is. */
async function isOnThePage(all: readonly Recorded[]): Promise<void> {
  const rows = await tableOf('ledger-entries.md', 'kind', 'data', 'set apart');
  const members = new Map(rows.map(([kind = '', data = '']) => [kind, data.split(' ')]));
  for (const { kind, data } of all) {
    const written = members.get(kind) ?? [];
    const unwritten = Object.keys(data).filter((name) => !written.includes(name) && !written.includes(`${name}?`));
    const missing = written.filter((name) => name !== '' && !name.endsWith('?') && !(name in data));
    assert.deepEqual([unwritten, missing], [[], []], kind);
  }
}

function sentIn(all: readonly Recorded[]): Sent[] {
  return all.flatMap(({ data }) => (data['requests'] ?? []) as Sent[]);
}

test('the record of a departure has every request, who decided what, and what is left; and nothing that tells a secret or who it is about', async (t) => {
  const { fastio, flashback, left, person, entries, id } = await everythingRecorded(t);
  const { all, hashed, apart } = entries;
  await isOnThePage(all);
  const own = (kind: string) => all.filter((entry) => entry.kind === kind).map(({ data }) => data);

  const toFastio = sentIn(all).filter(({ host }) => host === new URL(fastio.url).host);
  assert.deepEqual(
    toFastio.map(({ method, status }) => `${method} ${status}`).sort(),
    fastio.requests.map(({ method, status }) => `${method} ${String(status)}`).sort(),
    'what Fastio has seen is what was recorded',
  );
  assert.equal(sentIn(all).filter(({ host }) => host === new URL(flashback.url).host).length, flashback.count(/./));
  assert.ok(
    sentIn(all).some(({ path, status }) => path === '/api/v1/users/{person}' && status === 200),
    'Okta was asked',
  );

  const [signal] = own('signal.recorded');
  assert.deepEqual([signal?.['verifiedBy'], signal?.['match']], ['eventHook.secrets[0]', { rule: 'new', doubt: null }]);
  assert.match(String(signal?.['bodySha256']), /^[0-9a-f]{64}$/);
  assert.deepEqual(
    own('case.approved').map(({ by, reason }) => [by, reason]),
    [['it-desk', 'HR confirms: [e-mail] left']],
  );
  assert.ok(own('case.state').every(({ by }) => by === 'policy' || by === 'it-desk'));
  const capabilities = own('plan.made')[0]?.['capabilities'] as Record<string, Record<string, { support: string }>>;
  assert.deepEqual([capabilities['fastio']?.['suspend']?.support, capabilities['flashback']?.['suspend']?.support], ['yes', 'not-offered']);
  const before = own('step.finished').find(({ target, action }) => target === 'fastio' && action === 'suspend')?.['facts'];
  assert.deepEqual(before, { statusBefore: 'active' });
  const confirmed = own('step.finished').find(({ action }) => action === 'confirm-departure')?.['facts'];
  assert.deepEqual(confirmed, { reading: 'gone', askedBy: 'id', detail: 'status DEPROVISIONED' });
  const residual = own('case.state').at(-1)?.['residual'] as { target: string }[];
  assert.ok(residual.length >= 4 && residual.every(({ target }) => target === 'flashback'));

  for (const secret of [...Object.values(TOKENS), HOOK_SECRET, OPERATOR_TOKEN, VIEWER_TOKEN]) {
    assert.ok(!`${hashed}${apart}`.includes(secret), `${secret} is in the ledger`);
  }
  for (const name of [LEAVER, encodeURIComponent(LEAVER), NAME, OKTA_ID, left.id, person.id]) {
    const where = hashed.split('\n').find((body) => body.toLowerCase().includes(name.toLowerCase()));
    assert.equal(where, undefined, `${name} is in what is hashed`);
  }
  assert.doesNotMatch(hashed, /@/);
  // Set apart, so that it can be erased, and in the bundle as long as it was not.
  for (const name of [LEAVER, OKTA_ID, left.id, person.id]) {
    assert.ok(apart.includes(name), `${name} was set apart`);
  }
  assert.ok(id);
});
