import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { answer, deadUrl, scriptedServer } from '../targets/support/scripted-server.ts';
import { alive, entraReaderOf, entraStage } from './support/readers.ts';

const byId = (id: string) => ({ id, email: null });
const byEmail = (email: string) => ({ id: null, email });
const TOKEN = answer(200, { access_token: 'a-token', expires_in: 3_599 });

async function fixtureBody(name: string): Promise<Record<string, unknown>> {
  const text = await readFile(new URL(`../fixtures/entra-graph/${name}`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { response: { body: Record<string, unknown> } }).response.body;
}

const siteAt = (url: string) => ({
  graphUrl: `${url}/v1.0`,
  tokenUrl: `${url}/t/oauth2/v2.0/token`,
  clientId: 'app',
  clientSecret: 's3cret-s3cret',
});

test('accountEnabled is asked for by name; the published default answer, which lacks it, is not taken for an active account', async (t) => {
  const { url, seen } = await scriptedServer(t, [TOKEN, answer(200, await fixtureBody('user-get.json'))]);
  const reading = await entraReaderOf(t, siteAt(url)).reader.read(byId('87d349ed-44d7-43e1-9a83-5f2406dee5bd'), alive());
  assert.ok(reading.kind === 'unreadable' && /User\.Read\.All/.test(reading.detail));
  const asked = new URL(seen[1]?.url ?? '', url);
  assert.equal(asked.pathname, '/v1.0/users/87d349ed-44d7-43e1-9a83-5f2406dee5bd');
  assert.ok(asked.searchParams.get('$select')?.split(',').includes('accountEnabled'));
  assert.equal(seen[1]?.headers.authorization, 'Bearer a-token');
  assert.equal(new URLSearchParams(seen[0]?.body).get('scope'), `${url}/.default`);
});

test('the published manager is read', async (t) => {
  const { url, seen } = await scriptedServer(t, [TOKEN, answer(200, await fixtureBody('user-manager-get.json'))]);
  assert.deepEqual(await entraReaderOf(t, siteAt(url)).reader.managerOf(byId('87d349ed'), alive()), {
    kind: 'manager',
    manager: { id: '7d54cb02-aaa3-4016-9f9c-a4b49422dd9b', email: 'SaraD@contoso.onmicrosoft.com', name: 'Sara Davis' },
    isActive: null,
  });
  assert.match(seen[1]?.url ?? '', /^\/v1\.0\/users\/87d349ed\/manager\?/);
});

test('an account that is disabled or deleted is gone, one that was restored is active, one deleted for good is unknown', async (t) => {
  const { entra, reader } = await entraStage(t);
  const { id } = entra.add({ email: 'ann@example.com', name: 'Ann' });
  const read = async () => await reader.read(byId(id), alive());
  const active = await read();
  assert.deepEqual(active, {
    kind: 'active',
    id,
    email: 'ann@example.com',
    aliases: [],
    name: 'Ann',
    detail: 'accountEnabled true',
    manager: null,
  });
  entra.setEnabled(id, false);
  assert.deepEqual(await read(), { ...active, kind: 'gone', detail: 'accountEnabled false' });
  entra.setEnabled(id, true);
  entra.softDelete(id);
  assert.deepEqual(await read(), { ...active, kind: 'gone', detail: 'deleted, can be restored within 30 days' });
  entra.restore(id);
  assert.equal((await read()).kind, 'active');
  entra.purge(id);
  const gone = await read();
  assert.ok(gone.kind === 'unknown-person' && gone.detail.includes(id));
});

test('a deleted account is known by the name it had', async (t) => {
  const { entra, reader } = await entraStage(t);
  const { id } = entra.add({ email: 'ann@example.com' });
  entra.change(id, { mail: null });
  entra.softDelete(id);
  const reading = await reader.read(byId(id), alive());
  assert.equal(reading.kind === 'gone' && reading.email, 'ann@example.com');
});

test('without an id, somebody is found by the principal name, then by the mail address; two of them are nobody', async (t) => {
  const { entra, reader } = await entraStage(t);
  const ann = entra.add({ email: 'a123@corp.example' });
  entra.change(ann.id, { mail: "ann.o'neil@example.com" });
  for (const email of ['a123@corp.example', "ann.o'neil@example.com"]) {
    const reading = await reader.read(byEmail(email), alive());
    assert.deepEqual(reading.kind === 'active' && [reading.id, reading.email, reading.aliases], [
      ann.id,
      "ann.o'neil@example.com",
      ['a123@corp.example'],
    ]);
  }
  const other = entra.add({ email: 'other@example.com' });
  entra.change(other.id, { mail: "ann.o'neil@example.com" });
  assert.equal((await reader.read(byEmail("ann.o'neil@example.com"), alive())).kind, 'unknown-person');
  assert.equal((await reader.read(byEmail('nobody@example.com'), alive())).kind, 'unknown-person');
});

test('a guest, whose name holds a hash, is found by it', async (t) => {
  const { entra, reader } = await entraStage(t);
  const name = 'gus_gmail.example#EXT#@acme.example';
  const { id } = entra.add({ email: name });
  const reading = await reader.read(byEmail(name), alive());
  assert.equal(reading.kind === 'active' && reading.id, id);
});

test('the manager comes with the reading, and by itself with the word whether they are still there', async (t) => {
  const { entra, reader } = await entraStage(t);
  const boss = entra.add({ email: 'boss@example.com', name: 'The Boss' });
  const { id } = entra.add({ email: 'ann@example.com', managerId: boss.id });
  const manager = { id: boss.id, email: 'boss@example.com', name: 'The Boss' };
  const reading = await reader.read(byId(id), alive());
  assert.deepEqual(reading.kind === 'active' && reading.manager, manager);
  assert.deepEqual(await reader.managerOf(byId(id), alive()), { kind: 'manager', manager, isActive: true });
  entra.setEnabled(boss.id, false);
  assert.deepEqual(await reader.managerOf(byId(id), alive()), { kind: 'manager', manager, isActive: false });
  assert.equal((await reader.managerOf(byId(boss.id), alive())).kind, 'none');
});

test('throttling is waited for as long as Graph asks, and passed on when that is too long', async (t) => {
  const { entra, reader, clock } = await entraStage(t);
  const { id } = entra.add({ email: 'ann@example.com' });
  const read = async () => await reader.read(byId(id), alive());
  entra.fail(/users/, { status: 429, headers: { 'retry-after': '2' } });
  assert.equal((await read()).kind, 'active');
  entra.fail(/users/, { status: 503, headers: { 'retry-after': '3' } });
  assert.equal((await read()).kind, 'active');
  assert.deepEqual(
    clock.slept.map((ms) => Math.floor(ms / 1_000)),
    [2, 3],
  );
  entra.fail(/users/, { status: 429, headers: { 'retry-after': '120' } });
  const reading = await read();
  assert.equal(reading.kind === 'unreadable' && reading.retryAfterMs, 120_000);
});

test('a Graph that cannot be reached or refuses us is unreadable, and nothing secret is shown', async (t) => {
  const { entra, reader, lines } = await entraStage(t);
  for (const trouble of ['hang', 'reset', { status: 500 }] as const) {
    entra.fail(/users/, trouble, { times: 2 });
    assert.equal((await reader.read(byId('x'), alive())).kind, 'unreadable');
  }
  entra.fail(/users/, { status: 200, body: [] });
  assert.equal((await reader.read(byId('x'), alive())).kind, 'unreadable');
  entra.fail(/users/, { status: 403, body: { error: { code: 'Authorization_RequestDenied' } } });
  const denied = await reader.read(byId('x'), alive());
  assert.ok(denied.kind === 'unreadable' && denied.detail.includes('Authorization_RequestDenied'));
  const wrong = entraReaderOf(t, { ...entra, clientSecret: 'wrong-7f7f7f' });
  const refused = await wrong.reader.read(byId('x'), alive());
  assert.ok(refused.kind === 'unreadable' && /invalid_client.*graph\.clientSecret/.test(refused.detail), refused.kind);
  const dead = await deadUrl();
  assert.equal((await entraReaderOf(t, siteAt(dead)).reader.read(byId('x'), alive())).kind, 'unreadable');
  assert.ok(![...lines, ...wrong.lines, refused.detail].join('').match(/wrong-7f7f7f|secret-of-/), 'a secret was shown');
});

test('a token is fetched once for many, and again when it is refused', async (t) => {
  const { entra, reader } = await entraStage(t);
  const { id } = entra.add({ email: 'ann@example.com' });
  await Promise.all(Array.from({ length: 8 }, async () => await reader.read(byId(id), alive())));
  assert.equal(entra.count(/token$/), 1);
  entra.revokeTokens();
  assert.equal((await reader.read(byId(id), alive())).kind, 'active');
  assert.equal(entra.count(/token$/), 2);
});

test('a probe finds out that accountEnabled is hidden', async (t) => {
  const { entra, reader } = await entraStage(t);
  entra.add({ email: 'ann@example.com' });
  assert.equal((await reader.probe(alive())).reachable, true);
  entra.fail(/users$/, { status: 200, body: { value: [{ id: '1', displayName: 'Ann' }] } });
  assert.match((await reader.probe(alive())).detail, /User\.Read\.All/);
  entra.fail(/users$/, { status: 403 });
  assert.equal((await reader.probe(alive())).reachable, false);
});
