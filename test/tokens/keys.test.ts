import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKey, sign, startIssuer } from '../intake/support/issuer.ts';
import { eventually } from '../support/eventually.ts';
import { keptLog } from '../targets/support/log-lines.ts';
import { setStage, TYPE } from './stage.ts';

const MINUTE = 60_000;

test('keys are fetched once for many tokens, also for those that come side by side', async (t) => {
  const { issuer, key, claims, verdict } = await setStage(t);
  const token = await sign(key, claims(), { typ: TYPE });
  const verdicts = await Promise.all(Array.from({ length: 20 }, async () => await verdict(token)));
  assert.deepEqual(new Set(verdicts), new Set(['verified']));
  assert.equal(issuer.fetches(), 1);
});

test('a new key works with its first token, and the old one as long as the issuer has it', async (t) => {
  const { issuer, key, claims, verdict, clock } = await setStage(t);
  const next = await makeKey('k2');
  const tokens = { old: await sign(key, claims(), { typ: TYPE }), new: await sign(next, claims(), { typ: TYPE }) };
  assert.equal(await verdict(tokens.old), 'verified');
  issuer.publish(key.publicJwk, next.publicJwk);
  clock.move(5_000);
  assert.deepEqual([await verdict(tokens.new), await verdict(tokens.old)], ['verified', 'verified']);
});

test('a key that was taken away is refused after ten minutes at most, and at once when a new one came to light', async (t) => {
  const { issuer, key, claims, verdict, clock } = await setStage(t, { needsExpiry: false });
  const old = await sign(key, claims(), { typ: TYPE });
  const next = await makeKey('k2');
  assert.equal(await verdict(old), 'verified');
  issuer.publish(next.publicJwk);
  clock.move(10 * MINUTE - 1);
  assert.equal(await verdict(old), 'verified');
  clock.move(1);
  assert.equal(await verdict(old), 'unknown-key');
  assert.equal(await verdict(await sign(next, claims(), { typ: TYPE })), 'verified');
});

test('tokens with unknown keys do not make us fetch more often than every five seconds, and are refused for good by a fetch of their own', async (t) => {
  const { issuer, claims, verifier, clock } = await setStage(t);
  const token = await sign(await makeKey('unknown'), claims(), { typ: TYPE });
  for (let second = 0; second < 20; second += 1) {
    const verdict = await verifier.verify(token);
    const expected = second % 5 === 0 ? ['unknown-key', null] : ['key-not-yet-known', 5_000 - (second % 5) * 1_000];
    assert.deepEqual(verdict.kind === 'refused' && [verdict.cause, verdict.retryAfterMs], expected);
    clock.move(1_000);
  }
  assert.equal(issuer.fetches(), 4);
});

test('the first token of a new key is not lost: when the keys were fetched just before it came, it is to come again, and is good then', async (t) => {
  const { issuer, key, claims, verifier, verdict, clock } = await setStage(t);
  assert.equal(await verdict(await sign(key, claims(), { typ: TYPE })), 'verified');
  const next = await makeKey('k2');
  issuer.publish(key.publicJwk, next.publicJwk);
  const first = await sign(next, claims(), { typ: TYPE });
  clock.move(1_000);
  const early = await verifier.verify(first);
  assert.ok(early.kind === 'refused' && early.cause === 'key-not-yet-known' && early.retryAfterMs === 4_000);
  assert.match(early.message, /The key k2 is not known here, and the keys of the issuer were fetched a moment ago\. Send it again/);
  clock.move(early.retryAfterMs);
  assert.equal(await verdict(first), 'verified');
});

test('strangers who ask for keys of their own all the time do not keep a new key out', async (t) => {
  const { issuer, key, claims, verdict, clock } = await setStage(t);
  const [next, stranger] = [await makeKey('k2'), await makeKey('k3')];
  const [first, strange] = [await sign(next, claims(), { typ: TYPE }), await sign(stranger, claims(), { typ: TYPE })];
  assert.equal(await verdict(strange), 'unknown-key');
  issuer.publish(key.publicJwk, next.publicJwk);
  assert.equal(await verdict(first), 'key-not-yet-known');
  clock.move(4_999);
  assert.equal(await verdict(strange), 'key-not-yet-known');
  clock.move(1);
  assert.equal(await verdict(strange), 'unknown-key');
  assert.equal(await verdict(first), 'verified');
});

test('a key that was published while the keys were being fetched is not taken for unknown', async (t) => {
  const { issuer, key, claims, verdict, clock } = await setStage(t);
  const [next, stranger] = [await makeKey('k2'), await makeKey('k3')];
  let finish = (): void => undefined;
  issuer.answer((response) => {
    finish = () => void response.end(JSON.stringify({ keys: [key.publicJwk] }));
  });
  const before = verdict(await sign(stranger, claims(), { typ: TYPE }));
  await eventually('the keys are being fetched', () => issuer.fetches() === 1);
  const first = await sign(next, claims(), { typ: TYPE });
  const during = verdict(first);
  finish();
  assert.deepEqual([await before, await during], ['unknown-key', 'key-not-yet-known']);
  issuer.publish(key.publicJwk, next.publicJwk);
  clock.move(5_000);
  assert.equal(await verdict(first), 'verified');
});

test('tokens that come side by side are all refused by the one fetch that their unknown keys make', async (t) => {
  const { issuer, claims, verdict } = await setStage(t);
  const strange = await Promise.all(
    Array.from({ length: 5 }, async (_, index) => await sign(await makeKey(`s${index}`), claims(), { typ: TYPE })),
  );
  const verdicts = await Promise.all(strange.map(async (token) => await verdict(token)));
  assert.deepEqual([new Set(verdicts), issuer.fetches()], [new Set(['unknown-key']), 1]);
});

test('while the address of the keys hangs, known keys wait for half a second at most, and then not at all; unknown ones wait for the fetch', async (t) => {
  const { issuer, key, claims, verdict, clock } = await setStage(t, { needsExpiry: false });
  const known = await sign(key, claims(), { typ: TYPE });
  const next = await makeKey('k2');
  assert.equal(await verdict(known), 'verified');
  const hanging: (() => void)[] = [];
  issuer.answer((response) => hanging.push(() => void response.end(JSON.stringify({ keys: [key.publicJwk, next.publicJwk] }))));
  clock.move(10 * MINUTE);
  const unknown = verdict(await sign(next, claims(), { typ: TYPE }));
  const startedAt = performance.now();
  assert.equal(await verdict(known), 'verified');
  const waited = performance.now() - startedAt;
  assert.ok(waited < 2_000, `${waited} ms`);
  const again = performance.now();
  for (let count = 0; count < 5; count += 1) {
    assert.equal(await verdict(known), 'verified');
  }
  assert.ok(performance.now() - again < 1_500, `${performance.now() - again} ms for five`);
  assert.equal(hanging.length, 1);
  hanging[0]?.();
  assert.equal(await unknown, 'verified');
});

test('an issuer that did not answer is asked again in the background: known keys do not wait for it, and are renewed when it is back', async (t) => {
  const { issuer, key, claims, verdict, clock } = await setStage(t, { needsExpiry: false });
  const known = await sign(key, claims(), { typ: TYPE });
  assert.equal(await verdict(known), 'verified');
  issuer.answer((response) => response.destroy());
  clock.move(10 * MINUTE);
  assert.equal(await verdict(known), 'verified');
  let finish = (): void => undefined;
  issuer.answer((response) => {
    finish = () => void response.end(JSON.stringify({ keys: [] }));
  });
  clock.move(5_000);
  assert.equal(await verdict(known), 'verified');
  await eventually('it is asked again', () => issuer.fetches() === 3);
  finish();
  await eventually('the key is gone', async () => (await verdict(known)) !== 'verified');
});

test('while the keys cannot be fetched, the known ones go on, also those grown old, for a day; others are refused with the reason', async (t) => {
  const { log, lines } = keptLog();
  const { issuer, key, claims, verifier, verdict, clock } = await setStage(t, { needsExpiry: false }, log);
  const known = await sign(key, claims(), { typ: TYPE });
  const unknown = await sign(await makeKey('k2'), claims(), { typ: TYPE });
  assert.equal(await verdict(known), 'verified');
  issuer.answer((response) => response.destroy());
  clock.move(11 * MINUTE);
  assert.equal(await verdict(known), 'verified');
  const refusal = await verifier.verify(unknown);
  assert.ok(refusal.kind === 'refused' && refusal.cause === 'keys-unreachable');
  assert.match(refusal.message, /The key k2 is not known here, and the keys of the issuer cannot be fetched now \(.+\)/);
  clock.move(23 * 60 * MINUTE);
  assert.equal(await verdict(known), 'verified');
  clock.move(60 * MINUTE);
  assert.equal(await verdict(known), 'keys-unreachable');
  issuer.publish(key.publicJwk);
  clock.move(5_000);
  assert.equal(await verdict(known), 'verified');
  const warnings = lines.filter((line) => line.includes('"level":40'));
  assert.ok(warnings.length > 0 && warnings.every((line) => line.includes(issuer.jwksUri)), lines.join());
});

const NO_KEY_SETS: readonly (readonly [string, Parameters<Awaited<ReturnType<typeof startIssuer>>['answer']>[0]])[] = [
  ['a broken connection', (response) => response.destroy()],
  ['404', (response) => response.writeHead(404).end('{"keys":[]}')],
  ['500', (response) => response.writeHead(500).end('{"keys":[]}')],
  ['something that is not JSON', (response) => response.end('<html>')],
  ['JSON that is no key set', (response) => response.end('{"keys":{}}')],
  ['a list that holds no keys', (response) => response.end('{"keys":[null]}')],
  ['more than anybody needs', (response) => response.end(`{"keys":[],"padding":"${'x'.repeat(300_000)}"}`)],
];

for (const [what, how] of NO_KEY_SETS) {
  test(`an address that answers with ${what} has no keys`, async (t) => {
    const { issuer, key, claims, verdict } = await setStage(t);
    issuer.answer(how);
    assert.equal(await verdict(await sign(key, claims(), { typ: TYPE })), 'keys-unreachable');
  });
}

test('a redirect is not followed: keys come from the configured address only', async (t) => {
  const { issuer, key, claims, verdict } = await setStage(t);
  const other = await startIssuer(t, key);
  issuer.answer((response) => response.writeHead(302, { location: other.jwksUri }).end());
  assert.equal(await verdict(await sign(key, claims(), { typ: TYPE })), 'keys-unreachable');
  assert.equal(other.fetches(), 0);
});

test('one key that cannot be read does not spoil the others', async (t) => {
  const { issuer, key, claims, verdict, clock } = await setStage(t);
  const broken = { kty: 'EC', crv: 'P-256', x: '!', y: '!', kid: 'broken', alg: 'ES256' };
  issuer.publish(broken, { kty: 'OKP', kid: 'odd' }, { ...key.publicJwk, kid: 'encrypts', use: 'enc' }, key.publicJwk);
  assert.equal(await verdict(await sign(key, claims(), { typ: TYPE })), 'verified');
  clock.move(5_000);
  assert.equal(await verdict(await sign({ ...key, kid: 'broken' }, claims(), { typ: TYPE })), 'unknown-key');
  clock.move(5_000);
  assert.equal(await verdict(await sign({ ...key, kid: 'encrypts' }, claims(), { typ: TYPE })), 'unknown-key');
});
