import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { matchSignature, readEnvelope, toWebhookKey } from '../../src/intake/standard-webhook/verify.ts';
import { createLog } from '../../src/kernel/log.ts';
import { type Mailbox, openMailbox } from '../notifications/support/mailbox.ts';
import { eventually } from '../support/eventually.ts';
import { SUCCESSOR_ID, startService, type TestServiceOptions } from '../support/service.ts';
import { answer, page, type Scene, scriptedServer } from '../targets/support/scripted-server.ts';

const EMAIL = 'leaver@example.com';
const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const HOOK_PATH = '/services/T0/B0/secret-part-of-the-address';

interface Offices {
  readonly mailbox: Mailbox;
  readonly notifications: Record<string, unknown>;
}

async function openOffices(t: TestContext, operators: Record<string, unknown> = {}): Promise<Offices> {
  const mailbox = await openMailbox(t);
  const { host, port } = mailbox;
  return { mailbox, notifications: { smtp: { host, port, from: 'Leaver <leaver@acme.example>' }, operators } };
}

function keptLog(): { log: NonNullable<TestServiceOptions['log']>; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } }), lines };
}

test('whoever gets what somebody leaves behind has a mail that says so, and the step says that the mail server took it', async (t) => {
  const { mailbox, notifications } = await openOffices(t);
  const { log, lines } = keptLog();
  const { fastio, okta, untilState } = await startService(t, { config: { notifications }, log });
  const leaver = fastio.scenario.addUser({ email: EMAIL, name: 'Lee Aver', tokens: 2 });
  fastio.expectLeaver(leaver.id);
  fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'Designs' });
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const done = await untilState(EMAIL, 'completed');
  assert.equal(done.steps.find(({ action }) => action === 'notify-successor')?.outcome, 'acknowledged');
  const [mail, ...more] = mailbox.mails;
  assert.deepEqual([mail?.to, more], [['successor@example.com'], []]);
  assert.match(mail?.parsed.subject ?? '', /^You now own what .*leaver@example\.com.* had in fastio$/);
  assert.match(mail?.parsed.text ?? '', /Designs[\s\S]*tokens were deleted \(2\)/);
  const text = lines.join('');
  assert.ok(!text.includes(fastio.token) && !(mail?.raw ?? '').includes(fastio.token));
  assert.doesNotMatch(text, /@example\.com|@acme\.example/);
});

test('operators are told over every channel that a case waits for them, and that it is done, once each', async (t) => {
  const takes: Scene = (response, seen) => (seen.url === HOOK_PATH ? page(200, 'ok') : answer(204))(response, seen);
  const hooks = await scriptedServer(t, [takes, takes, takes, takes]);
  const { mailbox, notifications } = await openOffices(t, {
    mail: ['desk@acme.example'],
    slack: { url: `${hooks.url}${HOOK_PATH}` },
    webhook: { url: `${hooks.url}/hook`, secret: WEBHOOK_SECRET },
  });
  const { log, lines } = keptLog();
  const config = { notifications, policy: { protected: [EMAIL] } };
  const { fastio, okta, untilState, call } = await startService(t, { config, log });
  const leaver = fastio.scenario.addUser({ email: EMAIL });
  fastio.expectLeaver(leaver.id);
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const held = await untilState(EMAIL, 'held');
  await eventually('all three are told', () => mailbox.mails.length === 1 && hooks.seen.length === 2);
  assert.equal((await call('POST', `/v1/cases/${held.id}/approve`, { reason: 'agreed' })).status, 202);
  await untilState(EMAIL, 'completed');
  await eventually('all three are told of the end', () => mailbox.mails.length === 2 && hooks.seen.length === 4);
  assert.match(mailbox.mails[0]?.parsed.text ?? '', new RegExp(`leaver approve ${held.id}`));
  assert.match(mailbox.mails[1]?.parsed.subject ?? '', /^Taken out: /);
  const webhooks = hooks.seen.filter(({ url }) => url === '/hook');
  assert.deepEqual(
    webhooks.map(({ body }) => JSON.parse(body).type),
    ['case.held', 'case.completed'],
  );
  for (const { headers, body } of webhooks) {
    const envelope = readEnvelope(headers);
    assert.ok(typeof envelope === 'object' && matchSignature(envelope, Buffer.from(body), [toWebhookKey(WEBHOOK_SECRET)]) === 0);
  }
  const said = hooks.seen.filter(({ url }) => url === HOOK_PATH).map(({ body }) => JSON.parse(body).text);
  assert.match(said.join('\n'), /\*Leaver needs your approval: [\s\S]*\*Taken out: /);
  assert.doesNotMatch(lines.join(''), /secret-part-of-the-address|MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw|desk@acme\.example/);
});

test('while the mail server is away the case waits with a reason, and when it is back it ends by itself, with one mail', async (t) => {
  const { mailbox, notifications } = await openOffices(t);
  const { fastio, okta, untilState, caseOf } = await startService(t, { config: { notifications } });
  const leaver = fastio.scenario.addUser({ email: EMAIL });
  fastio.expectLeaver(leaver.id);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  mailbox.refuseNext({ at: 'data', code: 451, text: '4.3.0 try again' });
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const step = await eventually('the step says why it waits', async () => {
    const found = (await caseOf(EMAIL))?.steps.find(({ action }) => action === 'notify-successor');
    return found?.error ? found : null;
  });
  assert.match(step.error?.message ?? '', /the mail server answered 451 \(4\.3\.0\) to DATA/);
  assert.doesNotMatch(step.error?.message ?? '', /@/);
  const done = await untilState(EMAIL, 'completed');
  assert.equal(done.steps.find(({ action }) => action === 'notify-successor')?.outcome, 'acknowledged');
  assert.equal(mailbox.mails.length, 1);
  assert.equal(mailbox.mails[0]?.to[0], fastio.users.get(SUCCESSOR_ID)?.email);
});

test('two services on one database tell of each thing once', async (t) => {
  const { mailbox, notifications } = await openOffices(t, { mail: ['desk@acme.example'] });
  const config = { notifications, policy: { protected: ['*@held.example.com'] } };
  const first = await startService(t, { config });
  const second = await startService(t, { config, databaseUrl: first.databaseUrl, sandbox: first.fastio });
  const emails = Array.from({ length: 6 }, (_, n) => `p${n}@held.example.com`);
  await Promise.all(emails.map(async (login, n) => await (n % 2 ? first : second).okta.deactivate({ id: `00u${n}`, login })));
  await eventually('everybody is told of', () => mailbox.mails.length >= emails.length);
  await Promise.all(emails.map(async (email) => await first.untilState(email, 'held')));
  const subjects = mailbox.mails.map(({ parsed }) => parsed.subject).sort();
  assert.deepEqual(subjects, emails.map((email) => `Leaver needs your approval: ${email}`).sort());
});
