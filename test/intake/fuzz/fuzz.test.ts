import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { Pool } from 'undici';
import { startService } from '../../support/service.ts';
import { LONG, runs, sized } from '../../support/sweep.ts';
import { undo } from '../../support/undo.ts';
import { OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from '../standard-webhook/fixtures.ts';
import { makeKey, startIssuer } from '../support/issuer.ts';
import { withConnection } from '../support/rows.ts';
import type { Answer, Attempt, Fuzzed } from './attempt.ts';
import { FORGED_USER, fuzzedNotifications } from './entra-graph.ts';
import { heapAfterCollection, medianOf } from './heap.ts';
import { fuzzedEventHook } from './okta-event-hook.ts';
import { fuzzedRevocation } from './okta-revocation.ts';
import { fuzzedDirectory } from './scim.ts';
import { fuzzedStream } from './shared-signals.ts';
import { fuzzedWebhook } from './standard-webhook.ts';

const ISSUER = 'https://acme.okta.example';
const AUDIENCE = 'https://leaver.example';
const CLIENT_STATE = 'client-state-of-the-fuzz';
const HOOK_SECRET = 'hook-secret-of-the-fuzz';
const SCIM_TOKEN = 'scim-token-of-the-fuzz';

interface Stage {
  readonly url: string;
  readonly databaseUrl: string;
  readonly channels: readonly Fuzzed[];
  send(attempt: Attempt): Promise<Answer>;
}

/** One service on one database, with a connection for each channel. */
async function setStage(t: TestContext): Promise<Stage> {
  const [key, stranger] = [await makeKey('k1'), await makeKey('k1')];
  const issuer = await startIssuer(t, key);
  const trusted = { issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri };
  const graph = { clientState: CLIENT_STATE, tenantId: 'acme.example', clientId: 'client', clientSecret: 'secret' };
  const { url, databaseUrl } = await startService(t, {
    config: {
      roles: ['api'],
      server: { rateLimit: { max: 1_000_000_000, windowSeconds: 60 } },
      connections: [
        { id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] }, universalLogout: trusted, scim: { tokens: [SCIM_TOKEN] } },
        { id: 'entra-main', kind: 'entra', graph: { ...graph, baseUrl: 'http://127.0.0.1:9/v1.0', tokenUrl: 'http://127.0.0.1:9/token' } },
        { id: 'signals', kind: 'ssf', ...trusted },
        { id: 'hr', kind: 'webhook', secrets: [SECRET, PUBLIC_KEY] },
      ],
    },
  });
  const pool = new Pool(url, { connections: 16 });
  undo(t, async () => await pool.close());
  const send: Stage['send'] = async ({ method, path, headers, body }) => {
    const answer = await pool.request({ method: method as 'POST', path, headers, ...(method !== 'GET' && method !== 'HEAD' && { body }) });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  const keys = { key, stranger };
  const channels = [
    await fuzzedEventHook('okta-main', HOOK_SECRET),
    fuzzedRevocation('okta-main', ISSUER, AUDIENCE, keys),
    await fuzzedDirectory('okta-main', SCIM_TOKEN, await makeUsers(send)),
    await fuzzedNotifications('entra-main', CLIENT_STATE),
    await fuzzedStream('signals', ISSUER, AUDIENCE, keys),
    await fuzzedWebhook('hr', { good: [SECRET, PRIVATE_KEY], bad: OTHER_SECRET }),
  ];
  return { url, databaseUrl, channels, send };
}

async function makeUsers(send: Stage['send']): Promise<string[]> {
  const users = Array.from({ length: 10 }, async (_, index) => {
    const headers = { authorization: `Bearer ${SCIM_TOKEN}`, 'content-type': 'application/scim+json' };
    const body = Buffer.from(JSON.stringify({ userName: `user${index}@example.com`, active: true }));
    const { text } = await send({ method: 'POST', path: '/intake/scim/okta-main/v2/Users', headers, body, isGenuine: true });
    return String((JSON.parse(text) as { id: unknown }).id);
  });
  return await Promise.all(users);
}

/** 501 is how SCIM says that an endpoint is not offered (RFC 7644, section 3.12). */
function isFault({ status }: Answer, { path }: Attempt): boolean {
  return status >= 500 && status !== 503 && !(status === 501 && /\/v2\/(?:Bulk|Me)\b/.test(path));
}

function assertAnswered({ check, hidesRefusals = false }: Fuzzed, attempt: Attempt, answer: Answer): void {
  const told = `${answer.status} ${answer.text.slice(0, 300)} to ${JSON.stringify({ ...attempt, body: attempt.body.toString('latin1') })}`;
  assert.ok(!isFault(answer, attempt), told);
  assert.ok(attempt.isGenuine || hidesRefusals || answer.status >= 400, `a forgery was taken: ${told}`);
  check?.(attempt, answer);
}

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

/** Everything stored since the moment is the body of a message that proved its sender, or was recorded as refused and touched nobody. */
async function assertNoForgeryStored({ databaseUrl }: Stage, since: Date, genuine: ReadonlySet<string>): Promise<number> {
  return await withConnection(databaseUrl, async (client) => {
    const { rows } = await client.query<{ body_sha256: string; channel: string; isRefused: boolean }>(
      `select body_sha256, channel,
         verified_by = 'nothing' and disposition in ('refused', 'duplicate') and person_id is null and case_id is null as "isRefused"
       from signal where received_at >= $1`,
      [since],
    );
    const believed = rows.filter(({ isRefused }) => !isRefused);
    assert.deepEqual(
      believed.filter(({ body_sha256 }) => !genuine.has(body_sha256)),
      [],
      'a forgery was stored as believed',
    );
    const { rowCount } = await client.query('select from entra_user where subject = $1', [FORGED_USER]);
    assert.equal(rowCount, 0, 'a user whom only forged items named is to be read back');
    return believed.length;
  });
}

async function assertProbesAnswer({ url }: Stage): Promise<void> {
  for (const probe of ['/livez', '/readyz']) {
    const { status } = await fetch(`${url}${probe}`);
    assert.equal(status, 200, probe);
  }
}

/** How many attempts each channel gets at once; in the long form there are 400 volleys to six channels, and so more than 100,000 attempts. */
const VOLLEY = sized({ short: 14, long: 42 });

test('whatever is sent to any channel, nothing breaks, no forgery is believed, and the probes answer', async (t) => {
  const stage = await setStage(t);
  const answered = new Map<string, number>();
  const heaps: number[] = [];
  let stored = 0;
  const volley = fc
    .tuple(...stage.channels.map(({ attempts }) => fc.array(attempts, { minLength: VOLLEY, maxLength: VOLLEY })))
    .map((all) => Object.assign(all, { [fc.toStringMethod]: () => 'a volley; the attempt stands in the message of the failure' }));
  const property = fc.asyncProperty(volley, async (all) => {
    const since = new Date();
    const genuine = new Set(all.flat().flatMap(({ isGenuine, body }) => (isGenuine ? [sha256(body)] : [])));
    const answers = stage.channels.flatMap((channel, index) =>
      (all[index] ?? []).map(async (attempt) => {
        const answer = await stage.send(attempt);
        assertAnswered(channel, attempt, answer);
        const key = `${channel.name} ${attempt.isGenuine && answer.status < 300 ? 'taken' : 'refused'}`;
        answered.set(key, (answered.get(key) ?? 0) + 1);
      }),
    );
    await Promise.all([...answers, assertProbesAnswer(stage)]);
    stored += await assertNoForgeryStored(stage, since, genuine);
    if (LONG) heaps.push(heapAfterCollection());
  });
  await fc.assert(property, { ...runs(20), endOnFailure: true });

  for (const { name } of stage.channels) {
    for (const fate of ['taken', 'refused']) {
      assert.ok((answered.get(`${name} ${fate}`) ?? 0) > 20, `${name}: hardly any attempt was ${fate}, so the fuzz says little of it`);
    }
  }
  assert.ok(stored > 200, `only ${stored} signals were stored`);
  if (LONG) {
    const half = heaps.length / 2;
    const growth = medianOf(heaps.slice(half)) / medianOf(heaps.slice(half / 5, half));
    assert.ok(growth < 1.1, `the heap of the second half is ${growth.toFixed(3)} times that of the first`);
  }
});
