import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORGERIES } from '../intake/support/forgeries.ts';
import { makeKey, sign } from '../intake/support/issuer.ts';
import { AUDIENCE, ISSUER, STATIC_TOKEN, setOperatorStage } from './support/operators.ts';

const AT = { typ: 'at+jwt' };
const MINUTE = 60_000;

test('an operator with a token that the OpenID provider has signed is let in with the role of their group', async (t) => {
  const { key, claims, call } = await setOperatorStage(t);
  const statusOf = async (groups: unknown, path: string, method: 'GET' | 'POST' = 'GET') =>
    (await call(await sign(key, claims({ groups }), AT), method, path)).status;
  assert.deepEqual([await statusOf(['readers'], '/v1/name'), await statusOf(['readers'], '/v1/cases/1/change', 'POST')], [200, 403]);
  assert.deepEqual([await statusOf(['desk'], '/v1/cases/1/change', 'POST'), await statusOf(['desk'], '/v1/secrets')], [202, 403]);
  assert.equal(await statusOf(['chiefs'], '/v1/secrets'), 200);
  assert.equal(await statusOf(['others', 'readers', 'chiefs'], '/v1/secrets'), 200, 'the highest of several roles counts');
  assert.equal(await statusOf('desk', '/v1/name'), 200, 'a single value may stand without a list');
});

const NO_ROLE: readonly (readonly [string, unknown])[] = [
  ['no groups', undefined],
  ['an empty list', []],
  ['groups of which none has a role', ['others']],
  ['a group that differs in case', ['Desk']],
  ['something that is no text', [{ desk: true }, 7, null]],
  ['a name that every object has', ['constructor', '__proto__', 'toString']],
];

for (const [what, groups] of NO_ROLE) {
  test(`whoever has ${what} is known and has no role: 403, and logged by name`, async (t) => {
    const { key, claims, call, logged } = await setOperatorStage(t);
    const { status, body } = await call(await sign(key, claims({ groups }), AT));
    assert.equal(status, 403);
    assert.match(body, /oidc:u-1 has no role here: the claim groups/);
    assert.equal(logged().find(({ code }) => code === 'forbidden')?.['operator'], 'oidc:u-1');
  });
}

test('roles may lie deep in the token, or under a claim whose very name has dots', async (t) => {
  const deep = await setOperatorStage(t, { claim: 'realm_access.roles' });
  assert.equal(await deep.nameOf(deep.claims({ groups: [], realm_access: { roles: ['desk'] } })), 'oidc:u-1');
  const dotted = await setOperatorStage(t, { claim: 'https://acme.com/roles' });
  assert.equal(await dotted.nameOf(dotted.claims({ 'https://acme.com/roles': ['desk'] })), 'oidc:u-1');
});

test('operators are recorded by the claim that names them, and never under the name of a configured token or an e-mail address', async (t) => {
  const { nameOf, claims } = await setOperatorStage(t);
  assert.equal(await nameOf(claims({ sub: 'it-desk' })), 'oidc:it-desk');
  const [ada, other] = [await nameOf(claims({ sub: 'ada@example.com' })), await nameOf(claims({ sub: 'ada@example.org' }))];
  assert.match(String(ada), /^oidc:ada~[0-9a-f]{8}$/);
  assert.notEqual(ada, other);
  assert.equal(
    await nameOf(claims({ sub: 'ADA@example.com' }))
      .then(String)
      .then((name) => name.slice(-8)),
    String(ada).slice(-8),
  );
  for (const sub of ['', 7, undefined, 'two words', 'x'.repeat(201)]) {
    assert.equal(await nameOf(claims({ sub } as never)), 401, String(sub));
  }
  const byUid = await setOperatorStage(t, { nameClaim: 'uid' });
  assert.equal(await byUid.nameOf(byUid.claims({ uid: '00u1' })), 'oidc:00u1');
});

test('a token that is not what it says is refused, whatever is wrong with it, and stands in no log line', async (t) => {
  const { issuer, key, claims, call, logText, clock } = await setOperatorStage(t);
  const good = claims();
  const refused = async (token: string): Promise<void> => {
    clock.move(5_000);
    const { status, headers, body } = await call(token);
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer realm="leaver"']);
    assert.equal((JSON.parse(body) as { type: string }).type, 'urn:leaver:problem:unauthorized');
    const [, payload = '', signature = ''] = token.split('.');
    assert.ok(![payload, signature].some((part) => part.length > 20 && (logText().includes(part) || body.includes(part))));
  };
  const now = Math.floor(clock.now().getTime() / 1_000);
  for (const { what, cause, make } of FORGERIES.filter((one) => one.cause !== 'type')) {
    await t.test(
      `${what} (${cause})`,
      async () => await refused(await make({ issuer, key, claims: { ...good, jti: 'a-token' }, typ: 'at+jwt' })),
    );
  }
  for (const typ of ['logout+jwt', 'secevent+jwt', 'global-token-revocation+jwt', 'dpop+jwt', 'application/anything']) {
    await t.test(`the type ${typ}`, async () => await refused(await sign(key, good, { typ })));
  }
  await t.test('an end that has passed', async () => await refused(await sign(key, claims({ exp: now - 61 }), AT)));
  await t.test('no end', async () => await refused(await sign(key, claims({ exp: undefined } as never), AT)));
  await t.test('a configured token with dots added', async () => await refused(`${STATIC_TOKEN}.a.b`));
});

test('a token is taken with the type of RFC 9068, the general one, or none', async (t) => {
  const { key, claims, call } = await setOperatorStage(t);
  for (const header of [AT, { typ: 'application/at+jwt' }, { typ: 'JWT' }, {}]) {
    assert.equal((await call(await sign(key, claims(), header))).status, 200, JSON.stringify(header));
  }
});

test('only the algorithms that are configured are taken', async (t) => {
  const { key, claims, call } = await setOperatorStage(t, { algorithms: ['ES256'] });
  assert.equal((await call(await sign(key, claims(), AT))).status, 401);
  const es = await makeKey('es', 'ES256');
  const other = await setOperatorStage(t, { algorithms: ['ES256'] });
  other.issuer.publish(es.publicJwk);
  assert.equal((await other.call(await sign(es, claims(), AT))).status, 200);
});

test('a new key works at once, one that was taken away for ten minutes at most, and strange keys do not make us fetch again and again', async (t) => {
  const { issuer, key, claims, call, clock } = await setOperatorStage(t);
  const long = claims({ exp: Math.floor(clock.now().getTime() / 1_000) + 3_600 });
  const old = await sign(key, long, AT);
  const next = await makeKey('k2');
  assert.equal((await call(old)).status, 200);
  issuer.publish(next.publicJwk);
  clock.move(5_000);
  assert.equal((await call(await sign(next, long, AT))).status, 200);
  clock.move(5_000);
  assert.equal((await call(old)).status, 401);
  const fetched = issuer.fetches();
  const strange = await sign(await makeKey('k3'), long, AT);
  for (let second = 0; second < 10; second += 1) {
    const { status, headers } = await call(strange);
    assert.ok(status === 401 || (status === 503 && Number(headers['retry-after']) >= 1), `${status}`);
    clock.move(1_000);
  }
  clock.move(5_000);
  assert.equal((await call(strange)).status, 401);
  assert.ok(issuer.fetches() - fetched <= 3, `${issuer.fetches() - fetched} fetches`);
});

test('when the keys cannot be fetched, the operator is told to come again and not that the token is bad', async (t) => {
  const { issuer, key, claims, call } = await setOperatorStage(t);
  issuer.answer((response) => response.destroy());
  const { status, headers, body } = await call(await sign(key, claims(), AT));
  assert.deepEqual([status, headers['retry-after']], [503, '5']);
  assert.match(body, /cannot be fetched now/);
  assert.equal((await call(STATIC_TOKEN)).status, 200, 'a configured token needs no provider');
});

test('without a jwksUri the provider says in its discovery document where its keys are, also when it has moved them', async (t) => {
  const stage = await setOperatorStage(t);
  const origin = new URL(stage.issuer.jwksUri).origin;
  const document = (changes: object = {}) => JSON.stringify({ issuer: origin, jwks_uri: stage.issuer.jwksUri, ...changes });
  const keys = JSON.stringify({ keys: [stage.key.publicJwk] });
  const served: Record<string, string> = { '/.well-known/openid-configuration': document(), '/jwks.json': keys };
  stage.issuer.answer((response) => {
    response.setHeader('content-type', 'application/json').end(served[response.req.url ?? ''] ?? '{}');
  });
  const { claims, key, call, clock } = await setOperatorStage(t, { issuer: origin, jwksUri: undefined });
  const token = await sign(key, claims({ iss: origin, exp: Math.floor(clock.now().getTime() / 1_000) + 7_200 }), AT);
  assert.equal((await call(token)).status, 200);

  served['/.well-known/openid-configuration'] = document({ jwks_uri: `${origin}/moved.json` });
  served['/moved.json'] = keys;
  served['/jwks.json'] = '{}';
  clock.move(11 * MINUTE);
  assert.equal((await call(token)).status, 200);

  for (const changes of [
    { issuer: ISSUER },
    { jwks_uri: 'http://keys.example.com/jwks.json' },
    { jwks_uri: 'nonsense' },
    { jwks_uri: 7 },
  ]) {
    served['/.well-known/openid-configuration'] = document(changes);
    const fresh = await setOperatorStage(t, { issuer: origin, jwksUri: undefined });
    const { status, body } = await fresh.call(token);
    assert.equal(status, 503, JSON.stringify(changes));
    assert.match(body, /openid-configuration/);
  }
  assert.equal(AUDIENCE, claims().aud);
});
