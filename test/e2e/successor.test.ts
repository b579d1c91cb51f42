import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CaseView } from '../../src/offboarding/views.ts';
import { startEntra } from '../../src/sandbox/entra.ts';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { startFlashback } from '../../src/sandbox/flashback/flashback.ts';
import { startOktaUsers } from '../../src/sandbox/okta-users.ts';
import { createScimClient } from '../../src/sandbox/scim-client.ts';
import { rows } from '../intake/support/rows.ts';
import { HOOK_SECRET, startService, type TestService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const LEE = 'lee.aver@example.com';
const MIA = 'mia@example.com';
const MAX = 'max@example.com';
const TOKEN = 'token-of-the-directory';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const EVENT_HOOK = { id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] } };

interface Place extends TestService {
  readonly ownerNow: () => string | undefined;
  readonly adminsNow: () => string[];
}

/**
 * Lee owns a workspace of Fastio and is the last ADMIN of one of Flashback; Mia is Lee's manager, and Max is Mia's. Mia has no account in Flashback.
 * The fallback is Fay.
 */
async function place(t: TestContext, connections: readonly object[], policy: object = {}): Promise<Place> {
  const fastio = await startFastio();
  undo(t, async () => await fastio.close());
  const flashback = await startFlashback({ token: 'flashback-token-of-the-tests' });
  undo(t, async () => await flashback.close());
  const lee = fastio.scenario.addUser({ email: LEE });
  for (const email of [MIA, MAX]) fastio.scenario.addUser({ id: `fastio-${email.slice(0, 3)}`, email });
  const fay = fastio.scenario.addUser({ id: 'fastio-fay', email: 'fay@example.com' });
  const workspace = fastio.scenario.addWorkspace({ ownerId: lee.id });
  const leeThere = flashback.scenario.addPerson({ email: LEE });
  flashback.scenario.addPerson({ id: 'flashback-max', email: MAX });
  const fayThere = flashback.scenario.addPerson({ id: 'flashback-fay', email: 'fay@example.com' });
  const { id: there } = flashback.scenario.addWorkspace({ members: { [leeThere.id]: 'ADMIN' } });
  const service = await startService(t, {
    sandbox: fastio,
    config: {
      connections,
      targets: [
        { id: 'fastio', kind: 'fastio', baseUrl: fastio.url, token: fastio.token, orgId: fastio.orgId, fallbackOwnerId: fay.id },
        { id: 'flashback', kind: 'flashback', baseUrl: flashback.url, token: flashback.token, fallbackOwnerId: fayThere.id },
      ],
      policy: { stepRetry: { minDelayMs: 50, maxDelayMs: 100, deadlineMs: 60_000 }, ...policy },
      http: { timeoutMs: 1_000, retry: { attempts: 1, minDelayMs: 10, maxDelayMs: 10 } },
    },
  });
  undo(t, async () => assert.deepEqual([...fastio.violations, ...flashback.violations], []));
  return {
    ...service,
    ownerNow: () => fastio.workspaces.get(workspace.id)?.ownerId,
    adminsNow: () =>
      Object.entries(flashback.workspaces[there]?.members ?? {}).flatMap(([id, role]) =>
        role === 'ADMIN' && id !== flashback.callerId ? [id] : [],
      ),
  };
}

/** Fastio's workspace is Mia's then, and Max looks after Flashback's; the record says why, and names nobody. */
async function assertSucceeded(service: Place, { successor, successors, id }: CaseView, connection: string): Promise<void> {
  assert.deepEqual([service.ownerNow(), service.adminsNow()], ['fastio-mia', ['flashback-max']]);
  assert.deepEqual(successor, { email: MIA, source: 'manager', accountId: 'fastio-mia' });
  assert.deepEqual(
    successors.map(({ target, email, source }) => [target, email, source]),
    [
      ['fastio', MIA, 'manager'],
      ['flashback', MAX, "manager's manager"],
    ],
  );
  assert.match(successors[1]?.reasons.join() ?? '', new RegExp(`^the manager \\S+ of ${connection} has no account here$`));
  const entries = JSON.stringify(await rows(service.databaseUrl, `select body from ledger_entry where case_id = '${id}'`));
  assert.ok(entries.includes('has no account here') && entries.includes("manager's manager"), 'the ledger says whom it was, and why');
  assert.doesNotMatch(entries, /mia@|max@|lee\.aver@/);
}

test('the manager in Okta takes over where they have an account, and elsewhere their own manager does', async (t) => {
  const users = await startOktaUsers({ token: TOKEN });
  undo(t, async () => await users.close());
  const max = users.add({ email: MAX });
  const mia = users.add({ email: MIA, profile: { managerId: max.id } });
  const lee = users.add({ email: LEE, profile: { manager: MIA, managerId: mia.id } });
  users.deactivate(lee.id);
  const service = await place(t, [{ ...EVENT_HOOK, api: { baseUrl: users.url, token: TOKEN } }]);
  assert.equal((await service.okta.deactivate({ id: lee.id, login: LEE })).status, 204);
  await assertSucceeded(service, await service.untilState(LEE, 'completed'), 'okta-main');
});

test('the manager in Entra takes over where they have an account, and elsewhere their own manager does', async (t) => {
  const entra = await startEntra();
  undo(t, async () => await entra.close());
  const { tenantId, clientId, clientSecret, graphUrl: baseUrl, tokenUrl } = entra;
  const max = entra.add({ email: MAX });
  const mia = entra.add({ email: MIA, managerId: max.id });
  entra.add({ email: LEE, managerId: mia.id });
  const graph = { clientState: 'state-of-the-tests', tenantId, clientId, clientSecret, baseUrl, tokenUrl };
  // Whoever tells of a departure need not know the manager.
  const service = await place(t, [EVENT_HOOK, { id: 'entra-main', kind: 'entra', graph }]);
  assert.equal((await service.okta.deactivate({ id: '00ulee', login: LEE })).status, 204);
  await assertSucceeded(service, await service.untilState(LEE, 'completed'), 'entra-main');
});

test('the manager that was told over SCIM takes over where they have an account, and elsewhere their own manager does', async (t) => {
  const service = await place(t, [{ id: 'entra-main', kind: 'entra', scim: { tokens: [TOKEN] } }]);
  const scim = createScimClient({ baseUrl: `${service.url}/intake/scim/entra-main/v2`, token: TOKEN }, {});
  undo(t, async () => await scim.close());
  const made = async (userName: string, manager?: unknown): Promise<string> => {
    const body = { userName, active: true, ...(manager !== undefined && { [ENTERPRISE]: { manager } }) } as never;
    return String((await scim.expect([201], 'POST', '/Users', body)).body['id']);
  };
  await made(MAX);
  const mia = await made(MIA, { value: MAX });
  const lee = await made(LEE, [{ $ref: null, value: mia }]);
  await scim.expect([200, 204], 'PATCH', `/Users/${lee}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
  await assertSucceeded(service, await service.untilState(LEE, 'completed'), 'entra-main');
});

/** An Okta whose users cannot be read, though it has told of Lee's departure. */
async function silentOkta(t: TestContext, times: number, policy: object) {
  const users = await startOktaUsers({ token: TOKEN });
  undo(t, async () => await users.close());
  const mia = users.add({ email: MIA });
  const lee = users.add({ email: LEE, profile: { managerId: mia.id } });
  users.fail(/users/, { status: 503 }, { times });
  const service = await place(t, [{ ...EVENT_HOOK, api: { baseUrl: users.url, token: TOKEN } }], { confirm: 'never', ...policy });
  assert.equal((await service.okta.deactivate({ id: lee.id, login: LEE })).status, 204);
  return service;
}

test('while Okta cannot be read the person is locked out and nothing is handed over, and then the manager takes over after all', async (t) => {
  const service = await silentOkta(t, 6, {});
  const { containedAt, steps } = await service.untilState(LEE, 'completed');
  const listed = steps.find(({ target, action }) => target === 'fastio' && action === 'list-workspaces');
  assert.ok(containedAt !== null && (listed?.attempts ?? 0) > 1, JSON.stringify(listed));
  assert.equal(service.ownerNow(), 'fastio-mia');
});

test('an Okta that cannot be read for good is not waited for for ever: the fallback takes over, and the record says why', async (t) => {
  const stepRetry = { minDelayMs: 50, maxDelayMs: 100, deadlineMs: 600 };
  const service = await silentOkta(t, Number.POSITIVE_INFINITY, { stepRetry });
  const { successors, steps } = await service.untilState(LEE, 'completed');
  assert.deepEqual([service.ownerNow(), service.adminsNow()], ['fastio-fay', ['flashback-fay']]);
  assert.deepEqual(
    successors.map(({ source, reasons }) => [source, reasons]),
    [1, 2].map(() => ['fallback', ['okta-main could not be read for so long that the manager was no longer waited for']]),
  );
  const waited = steps.filter(({ action }) => action === 'list-workspaces').map(({ attempts }) => attempts);
  assert.ok(
    waited.every((attempts) => attempts > 3),
    `tried ${waited.join(' and ')} times`,
  );
});

test('a manager whose own departure has begun, and waits for an answer, succeeds nobody', async (t) => {
  const scimOnly = { id: 'entra-main', kind: 'entra', scim: { tokens: [TOKEN] } };
  const service = await place(t, [scimOnly], { protected: [MIA] });
  const scim = createScimClient({ baseUrl: `${service.url}/intake/scim/entra-main/v2`, token: TOKEN }, {});
  undo(t, async () => await scim.close());
  const { body } = await scim.expect([201], 'POST', '/Users', { userName: LEE, active: true, [ENTERPRISE]: { manager: MIA } });
  await service.call('POST', '/v1/cases', { email: MIA, playbook: 'offboard', reason: 'they leave' });
  assert.ok(
    (await service.caseOf(MIA))?.steps.every(({ state }) => state === 'pending'),
    'nothing is known of their accounts',
  );
  await scim.expect([200, 204], 'PATCH', `/Users/${String(body['id'])}`, {
    Operations: [{ op: 'Replace', path: 'active', value: 'False' }],
  });
  const { successors } = await service.untilState(LEE, 'completed');
  assert.equal(service.ownerNow(), 'fastio-fay');
  assert.match(successors[0]?.reasons.join() ?? '', /the manager fastio-mia is leaving too/);
});
