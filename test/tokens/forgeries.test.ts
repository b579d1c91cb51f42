import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { test } from 'node:test';
import { type CryptoKey, exportSPKI, importJWK } from 'jose';
import { createTokenVerifier } from '../../src/tokens/signed-token.ts';
import { makeKey, sign, startIssuer } from '../intake/support/issuer.ts';
import { keptLog } from '../targets/support/log-lines.ts';
import { ISSUER, setStage, TYPE } from './stage.ts';

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

test('a token of the issuer, for us, of the right type is verified, and its claims are handed over', async (t) => {
  const { verifier, key, claims } = await setStage(t);
  const verdict = await verifier.verify(await sign(key, claims(), { typ: TYPE }));
  assert.deepEqual(verdict, { kind: 'verified', payload: claims(), kid: 'k1', algorithm: 'ES256' });
});

test('every algorithm that proves who signed is accepted', async (t) => {
  const { issuer, claims, verdict, clock } = await setStage(t);
  for (const alg of ['RS256', 'RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA']) {
    const key = await makeKey(`of ${alg}`, alg);
    issuer.publish(key.publicJwk);
    clock.move(5_000);
    assert.equal(await verdict(await sign(key, claims(), { typ: TYPE })), 'verified', alg);
  }
});

test('a type counts in any case, and with application/ before it or without', async (t) => {
  const { key, claims, verdict } = await setStage(t);
  for (const typ of ['secevent+jwt', 'SECEVENT+JWT', 'application/secevent+jwt', 'Application/SecEvent+JWT']) {
    assert.equal(await verdict(await sign(key, claims(), { typ })), 'verified', typ);
  }
});

test('a header that ends in white space is read all the same', async (t) => {
  const { key, claims, verdict } = await setStage(t);
  const input = `${encode(`${JSON.stringify({ typ: TYPE, alg: 'ES256', kid: 'k1' })}\n`)}.${encode(claims())}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, Buffer.from(input));
  assert.equal(await verdict(`${input}.${Buffer.from(signature).toString('base64url')}`), 'verified');
});

test('the algorithm none is refused, in any spelling, with a signature and without', async (t) => {
  const { key, claims, verdict } = await setStage(t);
  const signature = (await sign(key, claims(), { typ: TYPE })).split('.')[2];
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    const unsigned = `${encode({ alg, typ: TYPE, kid: 'k1' })}.${encode(claims())}`;
    assert.equal(await verdict(`${unsigned}.`), 'algorithm');
    assert.equal(await verdict(`${unsigned}.${signature}`), 'algorithm');
  }
});

test('HMAC with the public key as its secret is refused', async (t) => {
  const { issuer, claims, verdict, clock } = await setStage(t);
  const key = await makeKey('rsa', 'RS256');
  issuer.publish(key.publicJwk);
  clock.move(5_000);
  const pem = await exportSPKI((await importJWK({ ...key.publicJwk, ext: true }, 'RS256', { extractable: true })) as CryptoKey);
  for (const [alg, secret] of [
    ['HS256', pem],
    ['HS256', pem.trimEnd()],
    ['HS256', JSON.stringify(key.publicJwk)],
    ['HS512', pem],
  ] as const) {
    const input = `${encode({ alg, typ: TYPE, kid: 'rsa' })}.${encode(claims())}`;
    const mac = createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url');
    assert.equal(await verdict(`${input}.${mac}`), 'algorithm');
  }
});

test('a rule that would allow none or HMAC is a mistake of ours, told when the service starts', async (t) => {
  const { issuer, clock } = await setStage(t);
  const rules = { issuer: ISSUER, audience: 'a', jwksUri: issuer.jwksUri };
  const { log } = keptLog();
  for (const algorithm of ['none', 'HS256', 'RS1', '']) {
    assert.throws(() => createTokenVerifier({ ...rules, algorithms: ['RS256', algorithm] }, { clock, log }), /does not prove who signed/);
  }
});

test('another type is refused, and so is none', async (t) => {
  const { key, claims, verdict } = await setStage(t);
  for (const typ of ['JWT', 'logout+jwt', 'at+jwt', 'secevent+jwt2', 'x/secevent+jwt', '', undefined, 7]) {
    assert.equal(await verdict(await sign(key, claims(), { typ })), 'type', String(typ));
  }
});

test('a key that the issuer does not have is refused, also under the name of one that it has', async (t) => {
  const { claims, verdict, clock } = await setStage(t);
  assert.equal(await verdict(await sign(await makeKey('k2'), claims(), { typ: TYPE })), 'unknown-key');
  assert.equal(await verdict(await sign(await makeKey('k1'), claims(), { typ: TYPE })), 'signature');
  clock.move(5_000);
  assert.equal(await verdict(await sign(await makeKey('k1', 'ES384'), claims(), { typ: TYPE })), 'unknown-key');
});

test('a key that the token brings along, or points to, is not used', async (t) => {
  const { claims, verdict, clock } = await setStage(t);
  const forged = await makeKey('forged');
  const other = await startIssuer(t, forged);
  for (const header of [
    { jwk: forged.publicJwk },
    { jku: other.jwksUri },
    { x5u: other.jwksUri },
    { x5c: ['MIIB'] },
    { jwk: forged.publicJwk, kid: undefined },
    { jwk: forged.publicJwk, kid: 'k1' },
    { jku: other.jwksUri, kid: 'k1' },
    { jku: other.jwksUri, kid: '../forged' },
  ]) {
    const token = await sign(forged, claims(), { typ: TYPE, ...header });
    clock.move(5_000);
    assert.match(await verdict(token), /^(unknown-key|signature)$/);
  }
  assert.equal(other.fetches(), 0);
});

test('the last letter of a signature has one spelling, though others stand for the same bytes', async (t) => {
  const { key, claims, verdict } = await setStage(t);
  const token = await sign(key, claims(), { typ: TYPE });
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const verdicts = await Promise.all([...alphabet].map(async (letter) => await verdict(token.slice(0, -1) + letter)));
  assert.equal(verdicts.filter((one) => one === 'verified').length, 1);
});

test('one byte changed anywhere makes a token worthless', async (t) => {
  const { key, claims, verdict } = await setStage(t);
  const token = await sign(key, claims(), { typ: TYPE });
  assert.equal(await verdict(token), 'verified');
  for (let place = 0; place < token.length; place += 1) {
    for (const letter of [token[place] === 'A' ? 'B' : 'A', String.fromCharCode((token.charCodeAt(place) ^ 1) & 0x7f)]) {
      assert.notEqual(await verdict(token.slice(0, place) + letter + token.slice(place + 1)), 'verified', `at ${place}`);
    }
  }
});

test('an RSA key of fewer than 2048 bits is not accepted, though the issuer has it', async (t) => {
  const { issuer, claims, verdict } = await setStage(t);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  issuer.publish({ ...(publicKey.export({ format: 'jwk' }) as object), kty: 'RSA', kid: 'weak', alg: 'RS256' });
  const input = `${encode({ alg: 'RS256', typ: TYPE, kid: 'weak' })}.${encode(claims())}`;
  const signature = signBytes('sha256', Buffer.from(input), privateKey).toString('base64url');
  assert.equal(await verdict(`${input}.${signature}`), 'unknown-key');
});

test('of several keys, a token without a key id may have any, and no other', async (t) => {
  const { issuer, claims, verdict } = await setStage(t);
  const [first, second, third] = [await makeKey('a'), await makeKey('b'), await makeKey('c')];
  issuer.publish(first.publicJwk, second.publicJwk);
  assert.equal(await verdict(await sign(second, claims(), { typ: TYPE, kid: undefined })), 'verified');
  assert.equal(await verdict(await sign(third, claims(), { typ: TYPE, kid: undefined })), 'signature');
});

test('what is no token is refused, and so are extensions that must be understood', async (t) => {
  const { key, claims, verdict } = await setStage(t);
  const token = await sign(key, claims(), { typ: TYPE });
  const [header = '', payload = '', signature = ''] = token.split('.');
  for (const odd of [
    '',
    'a',
    '..',
    `${header}.${payload}`,
    `${token}.${signature}`,
    ` ${token}`,
    `${token}\n`,
    `${token}=`,
    `.${payload}.${signature}`,
    `${encode([])}.${payload}.${signature}`,
    `${encode('null')}.${payload}.${signature}`,
    `${encode({ typ: TYPE })}.${payload}.${signature}`,
    `${encode({ alg: ['ES256'], typ: TYPE })}.${payload}.${signature}`,
    `${encode({ alg: 'ES256', kid: 7, typ: TYPE })}.${payload}.${signature}`,
    await sign(key, claims(), { typ: TYPE, crit: ['b64'], b64: true }),
  ]) {
    assert.equal(await verdict(odd), 'malformed', odd.slice(0, 30));
  }
});

test('what is signed must be a JSON object', async (t) => {
  const { key, verdict } = await setStage(t);
  for (const text of ['[]', '"a"', 'null', '7', '{', '', Buffer.from([0x7b, 0xff, 0x7d])]) {
    const input = `${encode({ typ: TYPE, alg: 'ES256', kid: 'k1' })}.${Buffer.from(text).toString('base64url')}`;
    const bytes = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, Buffer.from(input));
    assert.equal(await verdict(`${input}.${Buffer.from(bytes).toString('base64url')}`), 'malformed', String(text));
  }
});

test('a refusal says why, and repeats nothing of the token but short names', async (t) => {
  const { verifier, key, claims } = await setStage(t);
  const long = 'x'.repeat(5_000);
  for (const token of [
    await sign(key, claims({ iss: long }), { typ: TYPE }),
    await sign(key, claims({ aud: `a\r\nb` }), { typ: TYPE }),
    await sign(key, claims(), { typ: long }),
    await sign(key, claims(), { typ: TYPE, kid: long }),
  ]) {
    const verdict = await verifier.verify(token);
    assert.ok(verdict.kind === 'refused' && verdict.message.length < 200 && !/[\r\n]/.test(verdict.message), JSON.stringify(verdict));
  }
});
