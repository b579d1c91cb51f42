// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of the configuration

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYTHING, EVERYTHING_ENV, FASTIO, faultsOf, refusal } from './settings.ts';

const OKTA = 'connections: [{ id: o, kind: okta, ';
const API = `${OKTA}api: { baseUrl: https://acme.okta.com, `;
const target = (line: string): string => FASTIO.replace(new RegExp(` ${line.split(':')[0]}: .*`), ` ${line}`);
const OIDC = 'operators: { oidc: { issuer: https://id.example.com, audience: leaver';
const webhook = (secret: string): string => `connections: [{ id: h, kind: webhook, secrets: ["${secret}"] }]`;

/** What is written, and the start of the one fault that it is refused with. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['server: { port: 65536 }', 'server.port (line 1): is not such a number; write a whole number from 0 to 65535'],
  ['server: { port: 80.5 }', 'server.port (line 1): is not such a number'],
  ['server: { port: "80 80" }', 'server.port (line 1): is not such a number'],
  ['server: { host: 10 }', 'server.host (line 1): is a number to YAML; put it in quotes'],
  ['server: { trustProxy: 1 }', 'server.trustProxy (line 1): is not a yes or no, nor a list; write false, true for one proxy'],
  ['server: { trustProxy: [10.0.0.0/33] }', 'server.trustProxy[0] (line 1): is not an address; write an IP address or a range'],
  ['server: { trustProxy: [proxy.example.com] }', 'server.trustProxy[0] (line 1): is not an address'],
  ['server: { timeouts: { idleSeconds: 5 } }', 'server.timeouts.idleSeconds (line 1): is not such a number; write a whole number from 30'],
  [
    'server: { timeouts: { headersSeconds: 20, requestSeconds: 10 } }',
    'server.timeouts.headersSeconds (line 1): is greater than requestSeconds; make it the smaller of the two',
  ],
  [`${OIDC}}}`, 'operators.oidc.roles (line 1): is missing; write the role of each group: { leaver-operators: operator }'],
  [`${OIDC}, roles: {} }}`, 'operators.oidc.roles (line 1): is empty, so that nobody would be let in'],
  [`${OIDC}, roles: { desk: root } }}`, 'operators.oidc.roles.desk (line 1): is not known here; write one of viewer, operator, admin'],
  [
    `${OIDC}, roles: { desk: admin }, algorithms: [HS256] }}`,
    'operators.oidc.algorithms[0] (line 1): is not known here; write one of RS256',
  ],
  [`${OIDC}, roles: { desk: admin }, jwksUri: "http://keys.example.com" }}`, 'operators.oidc.jwksUri (line 1): is not encrypted'],
  ['server: { publicUrl: leaver.example.com }', 'server.publicUrl (line 1): is not an absolute URL; write'],
  ['server: { publicUrl: "ftp://leaver.example.com" }', 'server.publicUrl (line 1): is not an absolute URL'],
  ['server: { publicUrl: "https://leaver.example.com?a=b" }', 'server.publicUrl (line 1): has a query or a fragment'],
  ['server: { rateLimit: { max: 0 } }', 'server.rateLimit.max (line 1): is not such a number; write a whole number from 1'],
  ['server: { shutdownSeconds: -1 }', 'server.shutdownSeconds (line 1): is not such a number'],
  ['server: yes please', 'server (line 1): is not a mapping; write it with some of the keys host, port'],
  ['- server', 'line 1: is not a mapping; write it with some of the keys server, roles'],
  ['roles: []', 'roles (line 1): is empty; write [api, worker]'],
  ['roles: [api, cook]', 'roles[1] (line 1): is not known here; write one of api, worker'],
  ['database: { url: "mysql://db/leaver" }', 'database.url (line 1): is not a PostgreSQL URL; write postgresql://'],
  ['dataDir: " "', 'dataDir (line 1): is empty; write the folder'],
  [
    `operators: { tokens: [{ name: a, role: root, sha256: ${'a'.repeat(64)} }] }`,
    'operators.tokens[0].role (line 1): is not known here; write one of viewer, operator, admin',
  ],
  [`operators: { tokens: [{ name: a, role: admin, sha256: ${'g'.repeat(64)} }] }`, 'operators.tokens[0].sha256 (line 1): is not a SHA-256'],
  [`operators: { tokens: [{ name: a, role: admin, sha256: ${'a'.repeat(63)} }] }`, 'operators.tokens[0].sha256 (line 1): is not a SHA-256'],
  ['operators: { tokens: {} }', 'operators.tokens (line 1): is not a list'],
  ['connections: [okta]', 'connections[0] (line 1): is not a mapping'],
  ['connections: [~]', 'connections[0] (line 1): is not a mapping'],
  ['connections: [{ id: o }]', 'connections[0].kind (line 1): is missing or not known; write one of okta, entra, ssf, webhook'],
  ['connections: [{ id: o, kind: ldap }]', 'connections[0].kind (line 1): is missing or not known'],
  ['connections: [{ id: Okta.Main, kind: okta }]', 'connections[0].id (line 1): is not an id; write lower-case letters'],
  ['connections: [{ id: -o, kind: okta }]', 'connections[0].id (line 1): is not an id'],
  [`${OKTA}eventHook: {} }]`, 'connections[0].eventHook.secrets (line 1): is missing; write at least one secret'],
  [`${OKTA}eventHook: { secrets: [] } }]`, 'connections[0].eventHook.secrets (line 1): is empty; write at least one secret'],
  [`${OKTA}eventHook: { secrets: [""] } }]`, 'connections[0].eventHook.secrets[0] (line 1): is empty; write ${NAME}, { file: /path }'],
  [`${OKTA}eventHook: { secrets: [1234] } }]`, 'connections[0].eventHook.secrets[0] (line 1): is not a secret'],
  [`${OKTA}eventHook: { secrets: [{ file: a, line: 2 }] } }]`, 'connections[0].eventHook.secrets[0] (line 1): is not a secret'],
  [`${OKTA}eventHook: { secrets: [a], header: "X Y" } }]`, 'connections[0].eventHook.header (line 1): is not a header name'],
  [`${API}}}]`, 'connections[0].api (line 1): has not exactly one way to sign in; write either token, or clientId and privateKey'],
  [`${API}token: a, clientId: b, privateKey: c }}]`, 'connections[0].api (line 1): has not exactly one way to sign in'],
  [`${API}clientId: b }}]`, 'connections[0].api (line 1): has not exactly one way to sign in'],
  [`${OKTA}api: { baseUrl: "http://acme.okta.com", token: a }}]`, 'connections[0].api.baseUrl (line 1): is not encrypted; write https://'],
  ['connections: [{ id: e, kind: entra, scim: {} }]', 'connections[0].scim (line 1): has no way to tell who calls'],
  [
    'connections: [{ id: e, kind: entra, graph: { clientState: a, tenantId: .., clientId: b, clientSecret: c } }]',
    'connections[0].graph.tenantId (line 1): is not a tenant id',
  ],
  [
    'connections: [{ id: s, kind: ssf, issuer: "https://t.example.com", audience: a }]',
    'connections[0].jwksUri (line 1): is missing; write the address of the key set',
  ],
  [
    'connections: [{ id: h, kind: webhook, secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw], mapping: { email: data..email } }]',
    'connections[0].mapping.email (line 1): is not the path of a field',
  ],
  [
    'connections: [{ id: h, kind: webhook, secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw], mapping: { back: [employee.terminated] } }]',
    'connections[0].mapping (line 1): names an event twice',
  ],
  [
    'connections: [{ id: h, kind: webhook, secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw], defaultTimeZone: Europe/Nowhere }]',
    'connections[0].defaultTimeZone (line 1): is not a time zone that is known; write a name like Europe/Lisbon',
  ],
  ['connections: [{ id: h, kind: webhook, secrets: [] }]', 'connections[0].secrets (line 1): is empty; write at least one secret'],
  ['connections: [{ id: h, kind: webhook, secrets: [""] }]', 'connections[0].secrets[0] (line 1): is empty; write'],
  [
    'targets: [{ id: l, kind: fastio-live, baseUrl: "https://api.fast.io/current", token: t, orgId: acme, fallbackOwnerId: "1" }]',
    'targets[0].orgId (line 1): is not a profile id of the organization; write the number of the organization in quotes, not a name',
  ],
  [
    'targets: [{ id: l, kind: fastio-live, baseUrl: "https://api.fast.io/current", token: t, orgId: "1", fallbackOwnerId: 4870000000000000007 }]',
    'targets[0].fallbackOwnerId (line 1): is a number to YAML; put it in quotes',
  ],
  [webhook('whsec_'), 'connections[0].secrets[0] (line 1): is not a Standard Webhooks secret; write whsec_'],
  [webhook('whsec_c2hvcnQ='), 'connections[0].secrets[0] (line 1): is not a Standard Webhooks secret'],
  [webhook('whsec_no base64 but long enough, one would think'), 'connections[0].secrets[0] (line 1): is not a Standard Webhooks secret'],
  [webhook(`whsk_${'A'.repeat(86)}==`), 'connections[0].secrets[0] (line 1): is not a Standard Webhooks secret'],
  [webhook(`whpk_${'A'.repeat(42)}`), 'connections[0].secrets[0] (line 1): is not a Standard Webhooks secret'],
  [
    'connections: [{ id: o, kind: okta, eventHook: { secrets: [a], apps: [My App] } }]',
    'connections[0].eventHook.apps[0] (line 1): is not an id of an app; write the id of the app in Okta, which begins with 0oa',
  ],
  [
    'connections: [{ id: e, kind: entra, graph: { clientState: s, tenantId: t, clientId: c, clientSecret: s, tokenUrl: "https://login.example.com" } }]',
    'connections[0].graph.tokenUrl (line 1): names no path; write the token address of the tenant',
  ],
  [target('baseUrl: http://fastio.example.com'), 'targets[0].baseUrl (line 5): is not encrypted'],
  [target('baseUrl: https://me:pw@fastio.example.com'), 'targets[0].baseUrl (line 5): holds a user name or a password'],
  [target('baseUrl: https://fastio.example.com/?org=1'), 'targets[0].baseUrl (line 5): has a query or a fragment'],
  [target('baseUrl: /api'), 'targets[0].baseUrl (line 5): is not an absolute URL'],
  [target('token: "  "'), 'targets[0].token (line 6): is empty'],
  [target('orgId: ..'), 'targets[0].orgId (line 7): is not an id of the organization'],
  [target('orgId: ""'), 'targets[0].orgId (line 7): is empty'],
  [target('orgId: 42'), 'targets[0].orgId (line 7): is a number to YAML; put it in quotes'],
  [target('fallbackOwnerId: a/b'), 'targets[0].fallbackOwnerId (line 8): is not an id of the account'],
  [FASTIO.replace('fallbackOwnerId', '# fallbackOwnerId'), 'targets[0].fallbackOwnerId (line 3): is missing; write the id of the account'],
  ['policy: { graceSeconds: -1 }', 'policy.graceSeconds (line 1): is not such a number; write a whole number from 0'],
  ['policy: { confirm: maybe }', 'policy.confirm (line 1): is not known here; write one of auto, always, never'],
  ['policy: { protected: ["*@*"] }', 'policy.protected[0] (line 1): is not an address or a domain'],
  ['policy: { protected: ["c*o@acme.com"] }', 'policy.protected[0] (line 1): is not an address or a domain'],
  ['policy: { protected: [acme.com] }', 'policy.protected[0] (line 1): is not an address or a domain'],
  [
    'policy: { signals: { user.lifecycle.suspend: remove } }',
    'policy.signals["user.lifecycle.suspend"] (line 1): is not known here; write one of offboard, contain, back, ignore',
  ],
  ['policy: { signals: { suspend: contain } }', 'policy.signals.suspend (line 1): is not an event type'],
  ['policy: { signals: [contain] }', 'policy.signals (line 1): is not a mapping'],
  ['policy: { stepRetry: { minDelayMs: 9, maxDelayMs: 8 } }', 'policy.stepRetry.minDelayMs (line 1): is greater than maxDelayMs'],
  ['http: { retry: { minDelayMs: 40000 } }', 'http.retry.minDelayMs (line 1): is greater than maxDelayMs'],
  ['http: { retry: { attempts: 0 } }', 'http.retry.attempts (line 1): is not such a number'],
  ['http: { timeoutMs: 2147483648 }', 'http.timeoutMs (line 1): is not such a number'],
  ['log: { level: loud }', 'log.level (line 1): is not known here; write one of fatal, error'],
];

for (const [text, fault] of REFUSED) {
  test(`refused: ${fault}`, async () => {
    const [only, ...others] = await faultsOf(text);
    assert.ok(only?.startsWith(fault), only);
    assert.deepEqual(others, []);
  });
}

const UNKNOWN: readonly (readonly [string, string])[] = [
  ['sever: {}', 'sever (line 1): is not a setting; did you mean server?'],
  ['server: { Port: 1 }', 'server.Port (line 1): is not a setting; did you mean port?'],
  ['server: { public_url: "https://x" }', 'server.public_url (line 1): is not a setting; did you mean publicUrl?'],
  ['http: { rety: {} }', 'http.rety (line 1): is not a setting; did you mean retry?'],
  ['database: { colour: red }', 'database.colour (line 1): is not a setting; known here are url, migrate'],
  ['database:\n  colour:\n', 'database.colour (line 2): is not a setting; known here are url, migrate'],
  ['database: { constructor: 1 }', 'database.constructor (line 1): is not a setting; known here are url, migrate'],
];

for (const [text, fault] of UNKNOWN) {
  test(`a key that is not known is named: ${fault}`, async () => assert.deepEqual(await faultsOf(text), [fault]));
}

test('what runs into a key for want of a space is not repeated', async () => {
  const [fault, ...others] = await faultsOf('database: { url:hunter2 }');
  assert.deepEqual(others, []);
  assert.equal(fault, 'database["url…"] (line 1): is not a setting; did you mean url?');
});

test('items of a list that must differ are named, whatever else is wrong with them', async () => {
  const sha256 = 'AB'.repeat(32);
  const faults = await faultsOf(`
operators:
  tokens:
    - { name: a, role: admin, sha256: ${sha256} }
    - { name: a, role: cook, sha256: ${sha256.toLowerCase()} }
connections:
  - { id: a, kind: okta }
  - { id: a, kind: okta }
targets:
  - { id: a, kind: fastio }
  - { id: a, kind: nothing }
`);
  const repeated = faults.filter((fault) => fault.includes('earlier')).map((fault) => fault.replace(/;.*/, ''));
  assert.deepEqual(repeated, [
    'operators.tokens[1].name (line 5): is the name of an earlier token',
    'operators.tokens[1].sha256 (line 5): belongs to an earlier token',
    'connections[1].id (line 8): is the id of an earlier connection',
    'targets[1].id (line 11): is the id of an earlier target',
  ]);
});

test('everything that is wrong, of whatever sort, is told at once, each with its line and no other fault beside it', async () => {
  const faults = await faultsOf(
    `
server:
  port: none
  prot: 1
  port: 70000
connections:
  - id: okta-main
    kind: okta
    eventHook:
      secrets:
        - "\${HOOK}"
        - "\${EMPTY}"
        - { file: nowhere }
    api: { baseUrl: "https://acme.okta.com", token: { file: "\${FOLDER}/token" } }
targets:
  - id: fastio
    kind: fastio
    baseUrl: "\${FASTIO_URL"
    orgId: "\${ORG}"
    fallbackOwnerId:
`,
    { EMPTY: '', ORG: 'a/b' },
    '/nonexistent',
  );
  assert.deepEqual(
    faults.map((fault) => fault.replace(/; (?!the value comes).*?(?=; the value comes|$)/, '')),
    [
      'server.prot (line 4): is not a setting',
      'line 5, column 3: this key stands twice in the same mapping',
      'server.port (line 5): is not such a number',
      'connections[0].eventHook.secrets[0] (line 11): the environment variable HOOK is not set',
      'connections[0].eventHook.secrets[1] (line 12): is empty; the value comes from EMPTY',
      'connections[0].eventHook.secrets[2] (line 13): the file /nonexistent/nowhere does not exist',
      'connections[0].api.token.file (line 14): the environment variable FOLDER is not set',
      'targets[0].token (line 16): is missing',
      'targets[0].baseUrl (line 18): has a placeholder that is not understood',
      'targets[0].orgId (line 19): is not an id of the organization; the value comes from ORG',
      'targets[0].fallbackOwnerId (line 20): is missing',
    ],
  );
});

test('a kind that cannot be found out is told once', async () => {
  assert.deepEqual(await faultsOf('targets: [{ id: fastio, kind: "${KIND}" }]'), [
    'targets[0].kind (line 1): the environment variable KIND is not set; set it, or write ${KIND:-default}',
  ]);
});

const NOT_YAML: readonly (readonly [string, string])[] = [
  ['server:\n\tport: 1', 'line 2, column 1: is not YAML: Tabs are not allowed as indentation; correct it'],
  ['server: "x\nroles: [api]', 'line 2, column 13: is not YAML: Missing closing "quote; correct it'],
  ['server: { port: ${PORT} }', 'line 1, column 18: the text cannot be understood as YAML here; check quotes, brackets'],
  ['dataDir: "a" hunter2', 'line 1, column 14: the text cannot be understood as YAML here'],
  ['dataDir: "\\hunter2"', 'line 1, column 11: the escape sequence is not known'],
  ['dataDir: @hunter2', 'line 1, column 10: a value cannot begin with this character; put it in quotes'],
  ['dataDir: *hunter2', 'line 1, column 10: the alias (*) names nothing that was marked before'],
  ['dataDir: !hunter2 x', 'line 1, column 10: the tag (!) is not understood'],
  ['%hunter2\n---\ndataDir: x', 'line 1, column 1: the directive (%) is not understood'],
  ['dataDir: a\n---\ndataDir: b', 'line 2, column 1: a second document begins here; keep one'],
  ['? [a]\n: b', 'line 1, column 3: a key must be plain text'],
];

for (const [text, fault] of NOT_YAML) {
  test(`what is not YAML is refused with its place: ${fault}`, async () => {
    const faults = await faultsOf(text);
    assert.ok(faults[0]?.startsWith(fault), faults.join('\n'));
    assert.equal(faults.length, new Set(faults.map((line) => line.split(',')[0])).size, 'one fault a line');
    assert.doesNotMatch(faults.join('\n'), /hunter2/);
  });
}

test('aliases that multiply without end are refused', async () => {
  const levels = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]`);
  assert.deepEqual(await faultsOf(['a0: &a0 [x]', ...levels].join('\n')), [
    'the file: its aliases (*) multiply, or lead back to themselves; write the parts out',
  ]);
});

test('nesting without end is refused', async () => {
  const [only, ...others] = await faultsOf('['.repeat(20_000));
  assert.match(only ?? '', /^line 1, column \d+: the nesting is too deep; flatten it$/);
  assert.deepEqual(others, []);
});

test('a refusal never shows a value, wherever the fault lies', async () => {
  const broken = EVERYTHING.replaceAll('https://', 'gopher://').replaceAll('id: ', 'id: A/').replaceAll('secrets: ["', 'secrets: [7, "');
  const error = await refusal(broken, { ...EVERYTHING_ENV, DATABASE_URL: 'mysql://marker' });
  assert.doesNotMatch(JSON.stringify([error.message, error.details]), /marker|gopher/);
});

test('the facts of a refusal name each setting for a program', async () => {
  const { details } = await refusal('server: { port: none }');
  assert.deepEqual(details, {
    file: '/etc/leaver/leaver.yaml',
    faults: [{ path: 'server.port', line: 1, text: 'is not such a number; write a whole number from 0 to 65535' }],
  });
});
