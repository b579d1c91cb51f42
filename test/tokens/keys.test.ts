import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKey, sign, startIssuer } from '../intake/support/issuer.ts';
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

test('tokens with unknown keys do not make us fetch more often than every five seconds', async (t) => {
  const { issuer, claims, verdict, clock } = await setStage(t);
  const token = await sign(await makeKey('unknown'), claims(), { typ: TYPE });
  for (let second = 0; second < 20; second += 1) {
    assert.equal(await verdict(token), 'unknown-key');
    clock.move(1_000);
  }
  assert.equal(issuer.fetches(), 4);
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
  const { issuer, key, claims, verdict } = await setStage(t);
  const broken = { kty: 'EC', crv: 'P-256', x: '!', y: '!', kid: 'broken', alg: 'ES256' };
  issuer.publish(broken, { kty: 'OKP', kid: 'odd' }, { ...key.publicJwk, kid: 'encrypts', use: 'enc' }, key.publicJwk);
  assert.equal(await verdict(await sign(key, claims(), { typ: TYPE })), 'verified');
  assert.equal(await verdict(await sign({ ...key, kid: 'broken' }, claims(), { typ: TYPE })), 'unknown-key');
  assert.equal(await verdict(await sign({ ...key, kid: 'encrypts' }, claims(), { typ: TYPE })), 'unknown-key');
});
