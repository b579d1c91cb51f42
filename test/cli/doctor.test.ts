import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { startOktaUsers } from '../../src/sandbox/okta.ts';
import { madeOnce, startIssuer } from '../intake/support/issuer.ts';
import { bothTargets, LEAVER } from '../support/both-targets.ts';
import { HOOK_SECRET, VIEWER_TOKEN } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { type CommandResult, operatorAt, runCommand } from './command.ts';

const aKey = madeOnce('key-1', 'ES256');
const WEBHOOK_SECRET = 'whsec_bGVhdmVyLXRlc3RzLXNlY3JldC0wMTIzNDU2Nzg5';

interface Examination {
  readonly toFix: number;
  readonly sections: readonly {
    readonly id: string;
    readonly checks: readonly { readonly what: string; readonly verdict: string; readonly detail: string }[];
  }[];
}

/** The service over both targets, with an Okta organization that it reads, an issuer of logouts, and an HR system. */
async function stage(t: TestContext) {
  const okta = await startOktaUsers({ token: 'ssws-of-the-tests' });
  undo(t, async () => await okta.close());
  const issuer = await startIssuer(t, await aKey());
  const { jwksUri } = issuer;
  const service = await bothTargets(t, {
    server: { port: 0, publicUrl: 'https://leaver.example.com' },
    connections: [
      {
        id: 'okta-main',
        kind: 'okta',
        eventHook: { secrets: [HOOK_SECRET, 'the-next-secret'] },
        universalLogout: { issuer: 'https://acme.okta.com', audience: 'https://leaver.example.com', jwksUri },
        api: { baseUrl: okta.url, token: 'ssws-of-the-tests' },
      },
      { id: 'hr', kind: 'webhook', secrets: [WEBHOOK_SECRET] },
    ],
  });
  return { ...service, oktaUsers: okta, issuer };
}

const doctor = async (t: TestContext, url: string, ...words: string[]): Promise<CommandResult> =>
  await runCommand(t, ['doctor', ...words], operatorAt(url, VIEWER_TOKEN));

/** The mark, the name and the detail of every line with a mark. */
const marked = ({ stdout }: CommandResult): string[][] =>
  stdout.split('\n').flatMap((line) => {
    const match = /^ {2}([✓?✗]) {2}(.+?) {2,}(.+)$/.exec(line);
    return match ? [match.slice(1)] : [];
  });

test('where everything works the doctor says so line by line, and changes nothing anywhere: exit 0', async (t) => {
  const { url, fastio, flashback, oktaUsers, caseOf } = await stage(t);
  const seen = await doctor(t, url);
  assert.deepEqual([seen.code, seen.stderr], [0, ''], seen.stdout);
  assert.ok(marked(seen).every(([mark]) => mark !== '✗'));
  const details = new Map(marked(seen).map(([mark, what, detail]) => [what, `${mark} ${detail}`]));
  assert.equal(details.get('database'), '✓ in order');
  assert.equal(details.get('worker'), '✓ in order');
  assert.equal(
    details.get('event hook'),
    '✓ is to call https://leaver.example.com/intake/okta/okta-main/events; 2 secrets are accepted in the header Authorization',
  );
  assert.equal(details.get('webhook'), '✓ is to call https://leaver.example.com/intake/webhook/hr; 1 secret is accepted');
  assert.match(details.get('universal logout') ?? '', /^✓ .* has 1 key$/);
  assert.equal(marked(seen).filter(([, what]) => what === 'read people back').length, 1, 'an HR system has no people to be read');
  assert.match(details.get('signals') ?? '', /^\? none has come yet/);
  assert.match(details.get('read the webhooks') ?? '', /^✓/);
  assert.match(details.get('capabilities') ?? '', /offered: membership/);
  assert.match(seen.stdout, /\nNothing has to be mended\.\n$/);

  assert.deepEqual([...new Set(fastio.requests.map(({ method }) => method))], ['GET']);
  assert.deepEqual([flashback.count(/^(?!GET )/), oktaUsers.count(/^(?!GET )/), await caseOf(LEAVER)], [0, 0, null]);
});

test('what does not work is told with what to do, and the rest is still looked at: exit 1', async (t) => {
  const { url, fastio, flashback, oktaUsers, issuer } = await stage(t);
  fastio.fail('listWebhooks', { status: 403 }, { times: Number.POSITIVE_INFINITY });
  flashback.fail(/./, { status: 502, text: '<html>bad gateway</html>' }, { times: Number.POSITIVE_INFINITY });
  oktaUsers.fail(/./, { status: 401, body: {} }, { times: Number.POSITIVE_INFINITY });
  issuer.answer((response) => response.writeHead(404).end());

  const seen = await doctor(t, url);
  assert.equal(seen.code, 1);
  assert.match(seen.stderr, /^4 things have to be mended: see the lines with ✗\.\n$/);
  const bad = marked(seen)
    .filter(([mark]) => mark === '✗')
    .map(([, ...words]) => words.join(': '));
  assert.match(bad[0] ?? '', /^universal logout: okta-main: .* gives no keys .* Check jwksUri\.$/);
  assert.match(bad[1] ?? '', /^read people back: okta-main: .*401.*connections\[okta-main\]\.api\.token/);
  assert.match(bad[2] ?? '', /^read the webhooks: fastio: .*403.* give it the missing scope/);
  assert.match(bad[3] ?? '', /^answer: flashback: GET \/user\/profile answered 502/);
  assert.match(seen.stdout, /✓ {2}read the audit log/);

  const { code, stdout } = await doctor(t, url, '--json');
  const { toFix, sections } = JSON.parse(stdout) as Examination;
  assert.deepEqual([code, toFix], [1, 4]);
  assert.deepEqual(
    sections.map(({ id }) => id),
    [url, 'okta-main', 'hr', 'fastio', 'flashback'],
  );
  for (const secret of [HOOK_SECRET, WEBHOOK_SECRET, 'ssws-of-the-tests', fastio.token, flashback.token]) {
    assert.ok(!stdout.includes(secret) && !seen.stdout.includes(secret), 'a secret is in the output');
  }
});

test('a service without its database says so, and is asked nothing more: exit 1', async (t) => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const checks = [
      { name: 'accepting', ok: true },
      { name: 'database', ok: false },
    ];
    response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'not-ready', checks }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  const seen = await doctor(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  assert.equal(seen.code, 1);
  assert.match(seen.stdout, /✗ {2}database {3}it does not answer: check that PostgreSQL runs, and database\.url/);
  assert.match(seen.stderr, /^One thing has to be mended/);
  assert.deepEqual(asked, ['/readyz']);
});

test('no service is exit 75, and a token that nobody knows is exit 1', async (t) => {
  assert.equal((await doctor(t, 'http://127.0.0.1:9')).code, 75);
  const { url } = await bothTargets(t);
  const { code, stderr } = await runCommand(t, ['doctor'], operatorAt(url, 'nobody-knows-it'));
  assert.equal(code, 1);
  assert.match(stderr, /LEAVER_TOKEN or --token/);
});
