import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { answer, deadUrl, scriptedServer } from '../targets/support/scripted-server.ts';
import { alive, oktaReaderOf, oktaStage, SSWS } from './support/readers.ts';

const byId = (id: string) => ({ id, email: null });
const byEmail = (email: string) => ({ id: null, email });

test('the published user of the API reference is read as active, without a manager', async (t) => {
  const fixture = JSON.parse(await readFile(new URL('../fixtures/okta-scim/rest-user-get.json', import.meta.url), 'utf8')) as {
    path: string;
    response: { body: unknown };
  };
  const { url, seen } = await scriptedServer(t, [answer(200, fixture.response.body)]);
  const reading = await oktaReaderOf(t, url).reader.read(byId('00ub0oNGTSWTBKOLGLNR'), alive());
  assert.deepEqual(reading, {
    kind: 'active',
    id: '00ub0oNGTSWTBKOLGLNR',
    email: 'isaac.brock@example.com',
    aliases: [],
    name: 'Isaac Brock',
    detail: 'status ACTIVE',
    manager: null,
  });
  assert.deepEqual([seen[0]?.url, seen[0]?.headers.authorization], [fixture.path, `SSWS ${SSWS}`]);
});

const STATUSES: readonly (readonly [status: string, next: string | null, kind: string])[] = [
  ['ACTIVE', null, 'active'],
  ['ACTIVE', 'DEPROVISIONED', 'going'],
  ['SUSPENDED', 'DEPROVISIONED', 'going'],
  ['DEPROVISIONED', null, 'gone'],
  ['DEPROVISIONED', 'ACTIVE', 'active'],
  ['DEPROVISIONED', 'PROVISIONED', 'active'],
  ['SUSPENDED', null, 'active'],
  ['STAGED', null, 'active'],
  ['PROVISIONED', 'ACTIVE', 'active'],
  ['RECOVERY', null, 'active'],
  ['PASSWORD_EXPIRED', null, 'active'],
  ['LOCKED_OUT', null, 'active'],
  ['VAPORIZED', null, 'unreadable'],
];

test('only an account that is deactivated, or on its way there, counts as left; a status that nobody knows is not interpreted', async (t) => {
  const { okta, reader } = await oktaStage(t);
  for (const [status, next, kind] of STATUSES) {
    const person = okta.add({ email: 'ann@example.com' });
    Object.assign(person, { status, transitioningToStatus: next });
    assert.equal((await reader.read(byId(person.id), alive())).kind, kind, `${status} to ${next}`);
  }
});

test('somebody whom Okta does not know is unknown, and never looked for by the e-mail when there is an id', async (t) => {
  const { okta, reader } = await oktaStage(t);
  okta.add({ email: 'ann@example.com' });
  const reading = await reader.read({ id: '00uGone00000000000gn', email: 'ann@example.com' }, alive());
  assert.deepEqual(reading, { kind: 'unknown-person', detail: 'Okta knows nobody with the id 00uGone00000000000gn' });
  assert.equal(okta.calls.length, 1);
});

test('without an id, somebody is found by the login, then by the e-mail, whichever characters it has', async (t) => {
  const { okta, reader } = await oktaStage(t);
  const login = okta.add({ email: 'ann+x@example.com' });
  const mail = okta.add({ email: 'b"\\@example.com', profile: { login: 'bela' } });
  const slash = okta.add({ email: 'c/d@example.com' });
  for (const person of [login, mail, slash]) {
    const reading = await reader.read(byEmail(person.profile['email'] ?? ''), alive());
    assert.equal(reading.kind === 'active' && reading.id, person.id, person.profile['email']);
  }
});

test('an address that two people have is nobody', async (t) => {
  const { okta, reader } = await oktaStage(t);
  for (const login of ['a1', 'a2']) okta.add({ email: 'team@example.com', profile: { login } });
  const reading = await reader.read(byEmail('team@example.com'), alive());
  assert.ok(reading.kind === 'unknown-person' && reading.detail.includes('more than one'));
});

test('a login that is another address than the e-mail is an alias', async (t) => {
  const { okta, reader } = await oktaStage(t);
  const { id } = okta.add({ email: 'ann@example.com', profile: { login: 'a123@corp.example' } });
  const reading = await reader.read(byId(id), alive());
  assert.deepEqual(reading.kind === 'active' && [reading.email, reading.aliases], ['ann@example.com', ['a123@corp.example']]);
});

test('the manager is followed by an id or an e-mail; a number of an employee is shown and followed nowhere', async (t) => {
  const { okta, reader } = await oktaStage(t);
  const boss = okta.add({ email: 'boss@example.com', profile: { displayName: 'The Boss' } });
  const as = { id: boss.id, email: 'boss@example.com', name: 'The Boss' };
  for (const profile of [{ managerId: boss.id }, { managerId: '4711', manager: 'boss@example.com' }, { manager: 'boss@example.com' }]) {
    const { id } = okta.add({ email: 'ann@example.com', profile });
    assert.deepEqual(await reader.managerOf(byId(id), alive()), { kind: 'manager', manager: as, isActive: true });
  }
  const { id } = okta.add({ email: 'bela@example.com', profile: { managerId: '4711' } });
  const none = await reader.managerOf(byId(id), alive());
  assert.ok(none.kind === 'none' && none.detail.includes('4711'));
  assert.equal((await reader.managerOf(byId(boss.id), alive())).kind, 'none');
});

test('a manager who is suspended or gone is not active', async (t) => {
  const { okta, reader } = await oktaStage(t);
  const boss = okta.add({ email: 'boss@example.com' });
  const { id } = okta.add({ email: 'ann@example.com', profile: { managerId: boss.id } });
  for (const status of ['SUSPENDED', 'DEPROVISIONED']) {
    okta.setStatus(boss.id, status);
    const found = await reader.managerOf(byId(id), alive());
    assert.equal(found.kind === 'manager' && found.isActive, false);
  }
});

test('a rate limit is waited for as long as its reset says, and one too far off is passed on', async (t) => {
  const { okta, reader, clock } = await oktaStage(t);
  const { id } = okta.add({ email: 'ann@example.com' });
  const limited = (seconds: number) => ({
    status: 429,
    headers: {
      date: 'Thu, 26 Nov 2026 11:00:00 GMT',
      'x-rate-limit-reset': String(1_795_690_800 + seconds),
      'x-rate-limit-remaining': '0',
    },
    body: { errorCode: 'E0000047', errorSummary: 'API call exceeded rate limit due to too many requests.' },
  });
  okta.fail(/users/, limited(3));
  assert.equal((await reader.read(byId(id), alive())).kind, 'active');
  assert.ok((clock.slept[0] ?? 0) >= 3_000 && (clock.slept[0] ?? 0) < 3_100, String(clock.slept));
  okta.fail(/users/, limited(50));
  const reading = await reader.read(byId(id), alive());
  assert.ok(reading.kind === 'unreadable');
  assert.equal(reading.retryAfterMs, 50_000);
  assert.match(reading.detail, /E0000047/);
});

test('an Okta that cannot be reached, answers nonsense or refuses us is unreadable, and the setting to look at is named', async (t) => {
  const { okta, reader, lines } = await oktaStage(t);
  for (const trouble of ['hang', 'reset', { status: 500 }] as const) {
    okta.fail(/users/, trouble, { times: 2 });
    assert.equal((await reader.read(byId('00u'), alive())).kind, 'unreadable');
  }
  okta.fail(/users/, { status: 200, body: { id: 'x' } });
  assert.equal((await reader.read(byId('00u'), alive())).kind, 'unreadable');
  const wrong = oktaReaderOf(t, okta.url, { token: 'wrong-7f7f7f' });
  const refused = await wrong.reader.read(byId('00u'), alive());
  assert.ok(refused.kind === 'unreadable' && refused.detail.includes('connections[okta-main].api.token'));
  assert.equal((await oktaReaderOf(t, await deadUrl()).reader.read(byId('00u'), alive())).kind, 'unreadable');
  assert.ok(![...lines, ...wrong.lines, refused.detail].join('').match(/wrong-7f7f7f|ssws-/), 'a token was shown');
});

test('a probe says whether users can be read', async (t) => {
  const { okta, reader } = await oktaStage(t);
  assert.equal((await reader.probe(alive())).reachable, true);
  okta.fail(/users/, { status: 403, body: { errorCode: 'E0000006' } });
  assert.deepEqual((await reader.probe(alive())).reachable, false);
});

async function app(alg: 'RS256' | 'ES256') {
  const pair = await generateKeyPair(alg, { extractable: true });
  const privateJwk = JSON.stringify({ ...(await exportJWK(pair.privateKey)), kid: 'k1' });
  return { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg }], privateJwk, pem: await exportPKCS8(pair.privateKey) };
}

for (const [form, alg] of [
  ['privateJwk', 'RS256'],
  ['privateJwk', 'ES256'],
  ['pem', 'RS256'],
  ['pem', 'ES256'],
] as const) {
  test(`a service app signs in with its own key (${form}, ${alg}), once for many reads`, async (t) => {
    const { keys, ...keyForms } = await app(alg);
    const { okta, reader, lines } = await oktaStage(
      t,
      { app: { clientId: '0oaApp', keys } },
      { clientId: '0oaApp', privateKey: keyForms[form] },
    );
    const { id } = okta.add({ email: 'ann@example.com' });
    const readings = await Promise.all(Array.from({ length: 8 }, async () => await reader.read(byId(id), alive())));
    assert.deepEqual(new Set(readings.map(({ kind }) => kind)), new Set(['active']));
    assert.equal(okta.count(/token$/), 1);
    assert.ok(!lines.join('').includes('eyJ'), 'an assertion or a token is in the log');
  });
}

test('a token is renewed before its end, and at once when it is refused', async (t) => {
  const { keys, pem } = await app('RS256');
  const { okta, reader, clock } = await oktaStage(t, { app: { clientId: '0oaApp', keys } }, { clientId: '0oaApp', privateKey: pem });
  const { id } = okta.add({ email: 'ann@example.com' });
  const read = async () => (await reader.read(byId(id), alive())).kind;
  assert.equal(await read(), 'active');
  clock.move(3_539_000);
  assert.equal(await read(), 'active');
  assert.equal(okta.count(/token$/), 1);
  clock.move(2_000);
  assert.equal(await read(), 'active');
  assert.equal(okta.count(/token$/), 2);
  okta.revokeTokens();
  assert.equal(await read(), 'active');
  assert.equal(okta.count(/token$/), 3);
});

test('a key that Okta does not know is refused once, and said to be the fault', async (t) => {
  const { keys } = await app('RS256');
  const { pem } = await app('RS256');
  const { okta, reader } = await oktaStage(t, { app: { clientId: '0oaApp', keys } }, { clientId: '0oaApp', privateKey: pem });
  const reading = await reader.read(byId('00u'), alive());
  assert.ok(reading.kind === 'unreadable');
  assert.match(reading.detail, /invalid_client.*connections\[okta-main\]\.api\.privateKey/);
  assert.equal(okta.calls.length, 1);
});

test('a key that is none makes no call, and is not shown', async (t) => {
  const { okta, reader } = await oktaStage(t, {}, { clientId: '0oaApp', privateKey: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n' });
  const reading = await reader.read(byId('00u'), alive());
  assert.ok(reading.kind === 'unreadable');
  assert.match(reading.detail, /api\.privateKey cannot be used/);
  assert.ok(!reading.detail.includes('c2VjcmV0'));
  assert.equal(okta.calls.length, 0);
});

test('a reader that is closed while it signs in leaves nothing behind, and one that is told to stop stops at once', async (t) => {
  const { keys, pem } = await app('RS256');
  const { okta, reader } = await oktaStage(t, { app: { clientId: '0oaApp', keys } }, { clientId: '0oaApp', privateKey: pem });
  okta.fail(/token$/, 'hang', { times: 5 });
  const stopping = new AbortController();
  const read = reader.read(byId('00u'), stopping.signal);
  stopping.abort(new Error('enough'));
  await assert.rejects(read, /enough/);
});
