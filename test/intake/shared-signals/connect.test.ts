import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connectStream } from '../../../src/intake/shared-signals/connect-stream.ts';
import { wellKnown } from '../../../src/intake/shared-signals/discovery.ts';
import type { StreamWish } from '../../../src/intake/shared-signals/stream.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { undo } from '../../support/undo.ts';
import { AUDIENCE, startTestTransmitter } from '../support/transmitter.ts';
import { fixture } from './stage.ts';

const TOKEN = 'the-token-of-the-transmitter';
const PUSH = { method: 'push', url: 'https://leaver.example.com/intake/ssf/signals/events', authorization: 'Bearer ours' } as const;

function wishOf(transmitter: { issuer: string; jwksUri: string }, changes: Partial<StreamWish> = {}): StreamWish {
  const { issuer, jwksUri } = transmitter;
  return {
    connection: 'signals',
    issuer,
    jwksUri,
    audience: AUDIENCE,
    delivery: PUSH,
    token: TOKEN,
    meanings: {},
    state: 'a-state',
    ...changes,
  };
}

async function refusal(work: Promise<unknown>): Promise<LeaverError> {
  const error = await work.then(
    () => assert.fail('it was done'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LeaverError, String(error));
  return error;
}

test('the well-known part comes before the path of the issuer', () => {
  assert.equal(wellKnown('https://a.example', 'ssf-configuration'), 'https://a.example/.well-known/ssf-configuration');
  assert.equal(wellKnown('https://a.example/', 'ssf-configuration'), 'https://a.example/.well-known/ssf-configuration');
  assert.equal(wellKnown('https://a.example/b/c/', 'risc-configuration'), 'https://a.example/.well-known/risc-configuration/b/c');
});

for (const [what, options] of [
  ['as the specification has it', {}],
  ['below a path', { path: '/tenant-1' }],
  ['with the document and the names of the drafts', { discovery: 'risc-configuration', spelling: 'legacy', path: '/tenant-1' }],
] as const) {
  test(`a stream is made, and the second time brought up to date, at a transmitter ${what}`, async (t) => {
    const transmitter = await startTestTransmitter(t, options);
    const made = await connectStream(wishOf(transmitter));
    assert.deepEqual([made.did, made.verification, made.warnings], ['created', 'asked', []]);
    const moved = { ...PUSH, authorization: 'Bearer new' };
    const again = await connectStream(wishOf(transmitter, { delivery: moved }));
    assert.deepEqual([again.did, again.streamId], ['updated', made.streamId]);
    const [stream, ...more] = transmitter.streams.all();
    assert.deepEqual(more, []);
    const { method, ...delivery } = (stream?.['delivery'] ?? {}) as Record<string, string>;
    assert.deepEqual(delivery, { endpoint_url: PUSH.url, authorization_header: 'Bearer new' });
    assert.match(method ?? '', 'spelling' in options ? /risc\/delivery-method\/push$/ : /^urn:ietf:rfc:8935$/);
  });
}

test('only events that mean something are asked for, by our table and by the operator’s', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const change = 'https://schemas.openid.net/secevent/caep/event-type/credential-change';
  const meanings = { 'session-revoked': 'ignore', [change]: 'contain', 'user.lifecycle.suspend': 'contain' } as const;
  const { delivered } = await connectStream(wishOf(transmitter, { meanings }));
  assert.ok(delivered.includes('account-disabled') && delivered.includes('prov:delete') && delivered.includes('credential-change'));
  assert.ok(!delivered.includes('session-revoked') && !delivered.some((name) => name.includes('suspend')));
});

test('a stream that is polled tells where, and warns when the connection names another place', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const { pollUrl, warnings } = await connectStream(wishOf(transmitter, { delivery: { method: 'poll', url: null } }));
  assert.equal(pollUrl, transmitter.streams.pollUrl);
  assert.ok(warnings.some((warning) => warning.includes(`It is polled at ${transmitter.streams.pollUrl}: write that as poll.url`)));
  const settled = await connectStream(wishOf(transmitter, { delivery: { method: 'poll', url: transmitter.streams.pollUrl } }));
  assert.deepEqual([settled.did, settled.warnings], ['updated', []]);
  assert.equal(transmitter.streams.waiting().length, 2);
});

test('what does not fit the connection is told', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const { warnings } = await connectStream(
    wishOf(transmitter, { audience: 'https://elsewhere.example.com', jwksUri: 'https://elsewhere.example.com/keys' }),
  );
  assert.match(warnings[0] ?? '', /made for https:\/\/leaver\.example\.com: write one of these as the audience/);
  assert.match(warnings[1] ?? '', /Its keys are at .*Check jwksUri/);
});

test('a transmitter that is away, refuses the token, or is another one: an error says so, and the token goes nowhere else', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const away = await refusal(connectStream(wishOf({ issuer: 'http://127.0.0.1:9', jwksUri: 'http://127.0.0.1:9' })));
  assert.deepEqual([away.code, /cannot be reached at http:\/\/127\.0\.0\.1:9\//.test(away.message)], ['unavailable', true]);
  const wrong = await refusal(connectStream(wishOf(transmitter, { token: 'wrong-token' })));
  assert.match(wrong.message, /does not accept the token in management\.token \(401 from /);
  assert.doesNotMatch(wrong.message, /wrong-token/);
  const other = await refusal(connectStream(wishOf({ ...transmitter, issuer: `${transmitter.issuer}/` })));
  assert.match(other.message, /must agree letter for letter/);
  const nothing = await refusal(connectStream(wishOf({ ...transmitter, issuer: `${transmitter.issuer}/nothing` })));
  assert.match(nothing.message, /ssf-configuration\/nothing \(401\) and .*risc-configuration\/nothing \(401\)/);
  assert.deepEqual(transmitter.streams.all(), []);
});

/** A transmitter that answers with these documents, in which `hosts` stand for its own address. */
async function scripted(
  t: TestContext,
  documents: Readonly<Record<string, [number, unknown]>>,
  hosts: readonly string[],
): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const key = `${request.method} ${request.url}`;
    asked.push(key);
    const [status, document] = documents[key] ?? [404, null];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(hosts.reduce((text, host) => text.replaceAll(host, origin), JSON.stringify(document)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  undo(t, async () => void server.close().closeAllConnections());
  return { origin, asked };
}

test('the published documents of the specification are understood', async (t) => {
  const { response } = (await fixture('stream-create')) as { response: { body: unknown } };
  const { origin, asked } = await scripted(
    t,
    {
      'GET /.well-known/ssf-configuration': [200, await fixture('transmitter-configuration')],
      'GET /ssf/mgmt/stream': [200, []],
      'POST /ssf/mgmt/stream': [201, response.body],
      'POST /ssf/mgmt/verification': [204, null],
    },
    ['https://tr.example.com'],
  );
  const stream = await connectStream(
    wishOf({ issuer: origin, jwksUri: `${origin}/jwks.json` }, { audience: 'https://receiver.example.com/web' }),
  );
  assert.deepEqual([stream.did, stream.streamId, stream.verification], ['created', 'f67e39a0a4d34d56b3aa1bc4cff0069f', 'asked']);
  assert.match(stream.warnings.join('\n'), /tells of nobody until it is told of whom/);
  assert.equal(asked.length, 4);
});

test('the published documents of Okta are understood, and its session-revoked is warned of', async (t) => {
  const published = await fixture('okta-stream-configuration');
  const ours = { ...published, delivery: { ...(published['delivery'] as object), endpoint_url: PUSH.url } };
  const { origin } = await scripted(
    t,
    {
      'GET /.well-known/ssf-configuration': [200, await fixture('okta-ssf-configuration')],
      'GET /api/v1/ssf/stream': [200, ours],
      'PATCH /api/v1/ssf/stream': [200, ours],
      'POST /api/v1/ssf/stream/verification': [429, null],
    },
    ['https://{yourOktaDomain}'],
  );
  const wish = wishOf({ issuer: origin, jwksUri: `${origin}/oauth2/v1/keys` }, { audience: 'https://example.com' });
  const { did, streamId, delivered, verification, warnings } = await connectStream(wish);
  assert.deepEqual([did, streamId, delivered], ['updated', 'esc1k235GIIztAuGK0g5', ['session-revoked', 'credential-change']]);
  assert.equal(verification, 'refused');
  assert.match(warnings.join('\n'), /It does not send account-disabled, .*\nOkta sends session-revoked whenever somebody signs out/);
  const poll = await refusal(connectStream({ ...wish, delivery: { method: 'poll', url: null } }));
  assert.match(poll.message, /does not offer poll delivery/);
});

test('the published documents of a draft are understood: no version, the older names, a stream without an id', async (t) => {
  const { origin } = await scripted(
    t,
    {
      'GET /.well-known/risc-configuration': [200, await fixture('duo-guide-transmitter-config')],
      'POST /stream': [200, await fixture('duo-guide-stream-config-poll')],
      'POST /verification': [204, null],
    },
    ['https://transmitter.most-secure.com', 'https://most-secure.com'],
  );
  const wish = wishOf({ issuer: `${origin}/`, jwksUri: `${origin}/jwks.json` }, { audience: 'https://popular-app.com' });
  const stream = await connectStream({ ...wish, delivery: { method: 'poll', url: `${origin}/poll` } });
  assert.deepEqual(
    [stream.did, stream.streamId, stream.pollUrl, stream.delivered],
    ['created', null, `${origin}/poll`, ['credential-compromise']],
  );
});

test('a transmitter with a stream of somebody else, or with answers of its own, is not misread', async (t) => {
  const metadata = await fixture('transmitter-configuration');
  const script = async (list: [number, unknown], made: [number, unknown]) => {
    const documents = {
      'GET /.well-known/ssf-configuration': [200, metadata],
      'GET /ssf/mgmt/stream': list,
      'POST /ssf/mgmt/stream': made,
    } as const;
    const { origin } = await scripted(t, documents as unknown as Parameters<typeof scripted>[1], ['https://tr.example.com']);
    return await refusal(connectStream(wishOf({ issuer: origin, jwksUri: `${origin}/jwks.json` })));
  };
  assert.match((await script([200, []], [409, null])).message, /allows one stream only/);
  assert.match((await script([500, null], [201, {}])).message, /did not list its streams: it answered 500/);
  assert.match((await script([404, null], [400, {}])).message, /did not make a stream: it answered 400/);
});
