import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { type Entra, startEntra } from '../../src/sandbox/entra.ts';
import { startService, type TestService } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { rows } from './support/rows.ts';

const CLIENT_STATE = 'state-of-the-tests';
const SCIM_AUDIENCE = 'scim-of-the-tests';

/** A clock whose time of day is the machine's, and on which time passes only when it is told to. */
function standingClock(): Clock & { pass(ms: number): void } {
  let passed = 0;
  return {
    ...systemClock,
    monotonic: () => passed,
    pass: (ms) => {
      passed += ms;
    },
  };
}

interface Stage {
  readonly service: TestService;
  readonly entra: Entra;
  readonly pass: (ms: number) => void;
}

/** A service that Entra provisions with tokens of its own, and whose notifications bring validation tokens along. */
async function setStage(t: TestContext): Promise<Stage> {
  const entra = await startEntra();
  undo(t, async () => await entra.close());
  const { tenantId, clientId, clientSecret, graphUrl: baseUrl, tokenUrl, origin } = entra;
  const entraJwt = {
    issuer: `https://sts.windows.net/${tenantId}/`,
    audience: SCIM_AUDIENCE,
    jwksUri: `${origin}/common/discovery/v2.0/keys`,
  };
  const graph = { clientState: CLIENT_STATE, tenantId, clientId, clientSecret, baseUrl, tokenUrl };
  const clock = standingClock();
  const connections = [{ id: 'entra-main', kind: 'entra', scim: { entraJwt }, graph }];
  const service = await startService(t, { clock, config: { roles: ['api'], connections } });
  return { service, entra, pass: clock.pass };
}

/** Tokens that Entra has signed with the key of this moment. */
interface Signed {
  readonly scim: string;
  readonly graph: string;
}

async function signedNow(entra: Entra): Promise<Signed> {
  return { scim: await entra.validationToken({ claims: { aud: SCIM_AUDIENCE } }), graph: await entra.validationToken() };
}

type Fate = 'believed' | 'refused' | { readonly status: number; readonly detail: string };

/** What becomes of a request to the directory and of a notification with these tokens. */
async function fateOf({ service }: Stage, signed: Signed): Promise<Readonly<Record<keyof Signed, Fate>>> {
  const headers = { authorization: `Bearer ${signed.scim}` };
  const listed = await fetch(`${service.url}/intake/scim/entra-main/v2/Users`, { headers });
  const id = randomUUID();
  const value = [{ changeType: 'deleted', resource: `Users/${id}`, clientState: CLIENT_STATE }];
  const told = await fetch(`${service.url}/intake/entra/entra-main/notifications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value, validationTokens: [signed.graph] }),
  });
  const [stored] = await rows(service.databaseUrl, 'select from signal where event_id = $1', [`deleted ${id}`]);
  return {
    scim: listed.ok ? 'believed' : listed.status === 401 ? 'refused' : { status: listed.status, detail: await listed.text() },
    graph: stored ? 'believed' : told.ok ? 'refused' : { status: told.status, detail: await told.text() },
  };
}

const COOL_DOWN_MS = 5_000;
const FRESH_MS = 600_000;
const [BELIEVED, REFUSED] = (['believed', 'refused'] as const).map((fate) => ({ scim: fate, graph: fate }));

test('Entra rotates its keys: the tokens of its directory and of its notifications are believed at each moment, and those of a retired key no longer', async (t) => {
  const stage = await setStage(t);
  const { entra, pass } = stage;
  const old = await signedNow(entra);
  assert.deepEqual(await fateOf(stage, old), BELIEVED);

  await entra.rotateKeys();
  const next = await signedNow(entra);
  const { scim, graph } = await fateOf(stage, next);
  for (const fate of [scim, graph]) assert.ok(typeof fate === 'object' && fate.status === 503, 'it is too early to fetch the keys again');
  pass(COOL_DOWN_MS);
  assert.deepEqual([await fateOf(stage, next), await fateOf(stage, old)], [BELIEVED, BELIEVED]);

  entra.retireKeys();
  pass(FRESH_MS);
  assert.deepEqual([await fateOf(stage, old), await fateOf(stage, next)], [REFUSED, BELIEVED]);
});

test('while the keys of Entra cannot be fetched, the known ones go on; of others it is said why, and Entra is to send again', async (t) => {
  const stage = await setStage(t);
  const { entra, pass } = stage;
  const known = await signedNow(entra);
  assert.deepEqual(await fateOf(stage, known), BELIEVED);

  // Once for each of the two that keep keys.
  entra.fail(/discovery/, { status: 503 }, { times: 2 });
  pass(FRESH_MS);
  await entra.rotateKeys();
  const unknown = await signedNow(entra);
  assert.deepEqual(await fateOf(stage, known), BELIEVED);
  const { scim, graph } = await fateOf(stage, unknown);
  for (const fate of [scim, graph]) {
    assert.ok(typeof fate === 'object' && fate.status === 503, JSON.stringify(fate));
    assert.match(fate.detail, /is not known here, and the keys of the issuer cannot be fetched now/);
  }

  pass(COOL_DOWN_MS);
  assert.deepEqual(await fateOf(stage, unknown), BELIEVED);
});
