import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderRedacted, unsupported } from '../../src/config/config.ts';
import { FASTIO, faultsOf, load } from './settings.ts';

const SSF = (more = '') => `
connections:
  - id: signals
    kind: ssf
    issuer: "https://transmitter.example.com"
    audience: "https://leaver.example.com"
    jwksUri: "https://transmitter.example.com/jwks.json"
${more}`;

test('a stream may be polled, and managed, with tokens that are never printed', async () => {
  const more =
    '    poll: { url: "https://transmitter.example.com/poll?a=b", token: marker-poll }\n    management: { token: marker-management }\n';
  const config = await load(SSF(more));
  const [signals] = config.connections;
  assert.ok(signals?.kind === 'ssf');
  assert.deepEqual([signals.poll?.intervalSeconds, signals.poll?.token.reveal()], [30, 'marker-poll']);
  assert.equal(signals.management?.token.reveal(), 'marker-management');
  assert.doesNotMatch(renderRedacted(config), /marker/);
});

test('Shared Signals and Universal Logout are what this version does', async () => {
  const logout = '{ issuer: "https://a.example", audience: b, jwksUri: "https://a.example/keys" }';
  const okta = `  - { id: okta, kind: okta, universalLogout: ${logout} }\n`;
  assert.deepEqual(unsupported(await load(FASTIO + SSF(okta))), { warnings: [] });
});

const REFUSED: readonly (readonly [string, string])[] = [
  ['    poll: { url: "https://a.example" }\n', 'connections[0].poll.token (line 8): is missing'],
  ['    poll: { url: "http://a.example", token: x }\n', 'connections[0].poll.url (line 8): is not encrypted'],
  ['    poll: { url: "https://a.example", token: x, intervalSeconds: 0 }\n', 'connections[0].poll.intervalSeconds (line 8): is not such'],
  ['    management: {}\n', 'connections[0].management.token (line 8): is missing'],
];

for (const [more, fault] of REFUSED) {
  test(`refused: ${fault}`, async () => {
    const [only, ...others] = await faultsOf(SSF(more));
    assert.ok(only?.startsWith(fault), only);
    assert.deepEqual(others, []);
  });
}

test('an event is named as its sender names it: with dots, by its URI, or by the last part of that', async () => {
  const names = [
    'user.lifecycle.suspend',
    'session-revoked',
    'universal-logout',
    'prov:delete',
    'prov:patch:full',
    'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
    'urn:ietf:params:scim:event:prov:delete',
  ];
  const { policy } = await load(`policy: { signals: { ${names.map((name) => `"${name}": contain`).join(', ')} } }`);
  assert.deepEqual(Object.keys(policy.signals), names);
  for (const name of ['suspend', 'session revoked', 'https://', 'urn:', '-a', 'a..b', '']) {
    const [fault = ''] = await faultsOf(`policy: { signals: { "${name}": contain } }`);
    assert.match(fault, /^policy\.signals/, name);
  }
});
