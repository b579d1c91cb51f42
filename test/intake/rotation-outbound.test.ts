import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exportJWK } from 'jose';
import { connectStream } from '../../src/intake/shared-signals/connect-stream.ts';
import type { CaseView } from '../../src/offboarding/views.ts';
import { eventually } from '../support/eventually.ts';
import { HOOK_SECRET, startService, type TestService } from '../support/service.ts';
import { keptLog } from '../targets/support/log-lines.ts';
import { CONNECTIONS, type Connection, emailOf, named, SECRETS, setWorld, TERMS, type Term, type World } from './support/providers.ts';
import { casesOf, recordedSignals } from './support/recorded.ts';
import { rows } from './support/rows.ts';
import { AUDIENCE, connectionTo, startTestTransmitter } from './support/transmitter.ts';

/** Those whose readers confirm a departure, and those that tell of it only when they are asked. */
const CONFIRMING = ['okta-token', 'okta-app'] as const;
const ASKING = ['entra-main', 'signals'] as const;

interface Run {
  readonly service: TestService;
  /** Which of the connections without a case were told by the other side that their secret is not accepted. */
  refused(): Connection[];
}

/** A process with the secrets of one term; after `before`, which has ended, on its database. */
async function startWith(t: TestContext, world: World, term: Term, before?: TestService): Promise<Run> {
  const { port, keys, withToken, withKey, entra, transmitter } = world;
  const { tenantId, clientId, graphUrl, tokenUrl } = entra;
  const privateKey = JSON.stringify({ ...(await exportJWK(keys[term].privateKey)), kid: keys[term].kid });
  const eventHook = { secrets: [HOOK_SECRET] };
  const graph = { clientState: 'state', tenantId, clientId, clientSecret: named('entra-main', term), baseUrl: graphUrl, tokenUrl };
  const poll = { url: transmitter.streams.pollUrl, intervalSeconds: 1, token: named('signals', term) };
  const { log, lines } = keptLog();
  const service = await startService(t, {
    log,
    ...(before && { databaseUrl: before.databaseUrl, sandbox: before.fastio }),
    config: {
      server: { port, publicUrl: `http://127.0.0.1:${port}` },
      connections: [
        { id: 'okta-token', kind: 'okta', eventHook, api: { baseUrl: withToken.url, token: named('okta-token', term) } },
        { id: 'okta-app', kind: 'okta', eventHook, api: { baseUrl: withKey.url, clientId: 'leaver-app', privateKey } },
        { id: 'entra-main', kind: 'entra', graph },
        connectionTo(transmitter, { poll }),
      ],
    },
  });
  await eventually('the subscription is made', () => entra.subscriptions.size === 1);
  const isRefusal = (line: string, connection: Connection): boolean =>
    /answered 401|is not accepted/.test(line) && line.includes(connection);
  return { service, refused: () => ASKING.filter((one) => lines.some((line) => isRefusal(line, one))) };
}

/** Lets somebody leave whom each of the connections alone knows, with an account that is to go. */
async function leaveBy(world: World, { fastio }: TestService, term: Term): Promise<void> {
  for (const connection of CONNECTIONS) {
    fastio.expectLeaver(fastio.scenario.addUser({ email: emailOf(connection, term) }).id);
    await world.leave(connection, term);
  }
}

/** Everybody who left in the term is out, by one case that needed nobody. */
async function assertOut(service: TestService, term: Term): Promise<void> {
  // Graph is asked again after a while, which is not waited for.
  await rows(service.databaseUrl, 'update entra_user set due_at = now() where due_at > now()');
  for (const connection of CONNECTIONS) {
    await service.untilState(emailOf(connection, term), 'completed');
    const [only, ...more] = await casesOf(service, emailOf(connection, term));
    assert.deepEqual([only?.playbook, more], ['offboard', []]);
  }
}

function confirmationOf(found: CaseView | null): CaseView['steps'][number] | undefined {
  return found?.steps.find(({ action }) => action === 'confirm-departure');
}

/** Nothing of what was done in the term had to be done twice. */
async function assertAtOnce({ service, refused }: Run, term: Term): Promise<void> {
  assert.deepEqual(refused(), []);
  for (const connection of CONFIRMING) {
    assert.equal(confirmationOf(await service.caseOf(emailOf(connection, term)))?.attempts, 1);
  }
}

test('what Leaver calls others with is changed while people leave: both secrets count meanwhile and nothing waits; one that was taken back too early delays, and fails nothing', async (t) => {
  const world = await setWorld(t);
  const old = await startWith(t, world, 'old');
  await leaveBy(world, old.service, 'old');
  await assertOut(old.service, 'old');
  await assertAtOnce(old, 'old');

  world.accept('old', 'new');
  await old.service.app.close();
  const renewed = await startWith(t, world, 'new', old.service);
  world.accept('new');
  await leaveBy(world, renewed.service, 'new');
  await assertOut(renewed.service, 'new');
  await assertAtOnce(renewed, 'new');

  // The wrong way round: the other side has taken the secret back before Leaver has the next one.
  world.accept('newest');
  for (const other of [world.withKey, world.entra]) other.revokeTokens();
  await leaveBy(world, renewed.service, 'newest');
  await eventually('the others have refused what they were called with', () => renewed.refused().length === ASKING.length);
  for (const connection of CONFIRMING) {
    const waiting = await eventually(`${connection} is asked again, while the person is locked out`, async () => {
      const found = await renewed.service.caseOf(emailOf(connection, 'newest'));
      return found?.containedAt && (confirmationOf(found)?.attempts ?? 0) > 1 ? found : null;
    });
    assert.match(String(confirmationOf(waiting)?.error?.message), new RegExp(`connections\\[${connection}\\]\\.${SECRETS[connection]}`));
    assert.notEqual(waiting.state, 'attention');
  }
  await renewed.service.app.close();
  const newest = await startWith(t, world, 'newest', renewed.service);
  await assertOut(newest.service, 'newest');
  await eventually('every token is acknowledged', () => world.transmitter.streams.waiting().length === 0);
  const accepted = (await recordedSignals(newest.service)).filter(({ disposition }) => disposition === 'accepted');
  assert.deepEqual([accepted.length, newest.service.fastio.violations], [TERMS.length * CONNECTIONS.length, []]);
});

test('the token of the stream management is changed: the stream stays the one it is, and a token that is over is named', async (t) => {
  const transmitter = await startTestTransmitter(t, { token: 'old' });
  const { issuer, jwksUri } = transmitter;
  const url = 'https://leaver.example.com/intake/ssf/signals/events';
  const delivery = { method: 'push', url, authorization: 'Bearer ours' } as const;
  const connect = async (token: string) =>
    await connectStream({ connection: 'signals', issuer, jwksUri, audience: AUDIENCE, delivery, token, meanings: {}, state: 'a-state' });
  const made = await connect('old');
  transmitter.acceptTokens('old', 'new');
  assert.deepEqual([(await connect('new')).streamId, (await connect('old')).streamId], [made.streamId, made.streamId]);
  transmitter.acceptTokens('new');
  await assert.rejects(connect('old'), /does not accept the token in management\.token \(401/);
  assert.deepEqual([(await connect('new')).did, transmitter.streams.all().length], ['updated', 1]);
});
