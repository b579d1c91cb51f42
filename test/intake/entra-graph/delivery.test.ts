import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { movingClock } from '../../targets/support/moving-clock.ts';
import { makeKey, sign, startIssuer } from '../support/issuer.ts';
import { CLIENT_STATE, fixture, startGraphServer, userItem } from './graph-server.ts';

test('each item is checked by itself: a wrong clientState is recorded as refused within an accepted delivery, the others count', async (t) => {
  const { post, accepted, kept } = await startGraphServer(t);
  const wrong = ['wrong', `${CLIENT_STATE} `, CLIENT_STATE.slice(0, -1), CLIENT_STATE.slice(1), CLIENT_STATE.toUpperCase(), '', null, 7];
  const value = [
    userItem('updated', 'u1'),
    ...wrong.map((clientState) => userItem('deleted', 'u2', { clientState })),
    userItem('deleted', 'u3'),
  ];
  const { status, text } = await post({ value });
  assert.deepEqual([status, text], [202, '']);
  assert.deepEqual(kept, [{ readBacks: ['u1'], lifecycle: [] }]);
  const refused = accepted.filter(({ isRefused }) => isRefused);
  assert.equal(refused.length, wrong.length);
  assert.ok(refused.every(({ subject, meaning }) => subject === null && meaning === 'ignore'));
  assert.deepEqual(
    accepted.filter(({ isRefused }) => !isRefused).map(({ kind, subject }) => [kind, subject?.id]),
    [['deleted', 'u3']],
  );
});

test('a forged item does not use up the identity of the genuine one', async (t) => {
  const { post, accepted } = await startGraphServer(t);
  await post({ value: [userItem('deleted', 'u1', { clientState: 'wrong' })] });
  await post({ value: [userItem('deleted', 'u1')] });
  assert.equal(new Set(accepted.map(({ eventId }) => eventId)).size, 2);
});

test('of an endless delivery of forgeries only a few are recorded, the last of them with the number of the others', async (t) => {
  const { post, accepted } = await startGraphServer(t);
  const { status } = await post({ value: Array.from({ length: 1_000 }, () => userItem('deleted', 'u1', { clientState: 'wrong' })) });
  assert.deepEqual([status, accepted.length], [202, 20]);
  assert.match(accepted.at(-1)?.note ?? '', /980 more of this delivery failed too/);
});

test('an item of another tenant is refused, though it carries the clientState', async (t) => {
  const { post, accepted, entra, kept } = await startGraphServer(t);
  const other = '84bd8158-6d4d-4958-8b9f-9d6445542f95';
  await post({
    value: [userItem('updated', 'u1', { tenantId: other }), userItem('updated', 'u2', { tenantId: entra.tenantId.toUpperCase() })],
  });
  assert.deepEqual(
    accepted.map(({ note }) => note),
    ['the item is about another tenant'],
  );
  assert.deepEqual(kept[0]?.readBacks, ['u2']);
});

for (const [what, body] of [
  ['no JSON', '{"value":'],
  ['an array', []],
  ['no list', { value: {} }],
  ['a list of something else', { value: [1] }],
  ['too many items', { value: Array.from({ length: 1_001 }, () => ({})) }],
  ['tokens that are none', { value: [], validationTokens: [7] }],
] as const) {
  test(`a body with ${what} is answered 400, and nothing is stored`, async (t) => {
    const { post, accepted, kept } = await startGraphServer(t);
    assert.equal((await post(body)).status, 400);
    assert.deepEqual([accepted, kept], [[], []]);
  });
}

test('an empty notification is answered 202', async (t) => {
  const { post } = await startGraphServer(t);
  assert.equal((await post({ value: [] })).status, 202);
});

test('what cannot be stored is answered 503, so that Graph comes again', async (t) => {
  const { post, breakStore } = await startGraphServer(t);
  breakStore();
  for (const change of ['updated', 'deleted']) assert.equal((await post({ value: [userItem(change, 'u1')] })).status, 503);
});

test('genuine validation tokens of both versions are believed, in the published claims too', async (t) => {
  const { post, entra, kept } = await startGraphServer(t);
  const published = await fixture<Record<string, unknown>>('validation-token-claims-v1');
  const { iss: _iss, aud: _aud, tid: _tid, iat: _iat, nbf: _nbf, exp: _exp, ...claims } = published;
  assert.equal(claims['appid'], '0bf30f3b-4a52-48df-9a82-234910c4a086');
  for (const options of [{ version: '1.0' }, { version: '2.0' }, { claims }] as const) {
    const validationTokens = [await entra.validationToken(options), await entra.validationToken()];
    await post({ value: [userItem('updated', 'u1')], validationTokens });
  }
  assert.deepEqual(
    kept.map(({ readBacks }) => readBacks),
    [['u1'], ['u1'], ['u1']],
  );
});

const FORGED = [
  ['another signature', { forged: true }],
  ['another audience', { claims: { aud: 'another-app' } }],
  ['another issuer', { claims: { iss: 'https://sts.windows.net/84bd8158-6d4d-4958-8b9f-9d6445542f95/' } }],
  ['another tenant', { claims: { tid: '84bd8158-6d4d-4958-8b9f-9d6445542f95' } }],
  ['another application', { claims: { appid: '00000003-0000-0000-c000-000000000000' } }],
  ['another application in the second version', { version: '2.0', claims: { azp: 'someone' } }],
  ['an end in the past', { claims: { nbf: 1, iat: 1, exp: 1_565_075_913 } }],
] as const;

for (const [what, options] of FORGED) {
  test(`a validation token with ${what} makes the whole delivery refused, whatever stands beside it`, async (t) => {
    const { post, entra, kept, accepted } = await startGraphServer(t);
    const validationTokens = [await entra.validationToken(), await entra.validationToken(options)];
    const { status } = await post({ value: [userItem('updated', 'u1'), userItem('deleted', 'u2')], validationTokens });
    assert.equal(status, 202);
    assert.deepEqual(
      accepted.map(({ isRefused, subject }) => [isRefused, subject]),
      [
        [true, null],
        [true, null],
      ],
    );
    assert.deepEqual(kept, [{ readBacks: [], lifecycle: [] }]);
  });
}

test('while the keys of Graph cannot be fetched, a delivery with tokens is answered 503', async (t) => {
  const { post, entra, kept } = await startGraphServer(t);
  entra.fail(/keys$/, { status: 500 }, { times: 9 });
  const { status } = await post({ value: [userItem('updated', 'u1')], validationTokens: [await entra.validationToken()] });
  assert.deepEqual([status, kept.length], [503, 0]);
});

test('the first validation token of a new key is not taken for a forgery when the keys were fetched just before: 503, and believed when it comes again', async (t) => {
  const clock = movingClock();
  const [key, next] = [await makeKey('k1'), await makeKey('k2')];
  const issuer = await startIssuer(t, key);
  const { post, entra, kept, accepted } = await startGraphServer(t, { jwksUri: issuer.jwksUri, clock });
  const claims = decodeJwt(await entra.validationToken());
  const now = clock.now().getTime() / 1_000;
  const tellBy = async (by: typeof key) => {
    const token = await sign(by, { ...claims, iat: now, nbf: now, exp: now + 300 });
    return await post({ value: [userItem('updated', 'u1')], validationTokens: [token] });
  };
  assert.equal((await tellBy(key)).status, 202);
  issuer.publish(key.publicJwk, next.publicJwk);
  clock.move(2_000);
  const { status, headers, text } = await tellBy(next);
  assert.deepEqual([status, headers.get('retry-after'), kept.length], [503, '3', 1]);
  assert.match(text, /The key k2 is not known here.*Nothing was stored/);
  clock.move(3_000);
  assert.deepEqual([(await tellBy(next)).status, kept.length, accepted], [202, 2, []]);
});

test('somebody without the clientState does not make us fetch keys', async (t) => {
  const { post, entra } = await startGraphServer(t);
  const value = [userItem('updated', 'u1', { clientState: 'wrong' })];
  assert.equal((await post({ value, validationTokens: [await entra.validationToken()] })).status, 202);
  assert.equal(entra.calls.length, 0);
});
