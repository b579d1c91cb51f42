import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Happening } from '../../src/notifications/happening.ts';
import { createSmtpSender, messageIdOf, type SmtpSettings } from '../../src/notifications/senders/smtp.ts';
import { readTemplates } from '../../src/notifications/templates.ts';
import { undo } from '../support/undo.ts';
import { CASE, HELD, RECEIVED } from './support/happenings.ts';
import { type Mailbox, openMailbox } from './support/mailbox.ts';

const ID = '99999999-8888-4777-8666-555555555555';
const ALIVE = new AbortController().signal;
const PASSWORD = 'pass-of-the-mail-server';

async function senderTo(t: TestContext, { host, port }: Pick<Mailbox, 'host' | 'port'>, more: Partial<SmtpSettings> = {}) {
  const settings = { host, port, secure: false, requireTls: false, from: 'Leaver <leaver@acme.example>', ...more };
  const sender = createSmtpSender(settings, await readTemplates(null));
  undo(t, async () => await sender.close());
  const createdAt = new Date('2026-03-02T08:00:00.000Z');
  return async (happened: Happening = HELD, signal = ALIVE) =>
    await sender.send({ id: ID, recipient: 'desk@acme.example', createdAt, happened }, signal);
}

test('a mail is text and HTML, says what to do, and names its event, its moment and itself', async (t) => {
  const mailbox = await openMailbox(t);
  const send = await senderTo(t, mailbox);
  assert.deepEqual(await send(), { kind: 'sent' });
  const [mail] = mailbox.mails;
  assert.ok(mail);
  const { parsed } = mail;
  assert.deepEqual([mail.from, mail.to], ['leaver@acme.example', ['desk@acme.example']]);
  assert.equal(parsed.subject, 'Leaver needs your approval: Ada Example (ada@example.com)');
  assert.equal(parsed.messageId, `<${ID}@acme.example>`);
  assert.equal(parsed.date, '2026-03-02T08:00:00.000Z');
  const headers = new Map(parsed.headers.map(({ key, value }) => [key, value]));
  assert.deepEqual([headers.get('auto-submitted'), headers.get('x-leaver-event')], ['auto-generated', 'case.held']);
  for (const part of [parsed.text, parsed.html]) {
    assert.match(part ?? '', /is protected/);
    assert.match(part ?? '', new RegExp(`leaver approve ${CASE.id} --reason`));
  }
});

test('the successor reads what came to them, and which agents and integrations need new credentials', async (t) => {
  const mailbox = await openMailbox(t);
  const send = await senderTo(t, mailbox);
  await send(RECEIVED);
  for (const part of [mailbox.mails[0]?.parsed.text, mailbox.mails[0]?.parsed.html]) {
    assert.match(part ?? '', /Designs \(w-1\)[\s\S]*Plans \(w-2\)/);
    assert.match(part ?? '', /tokens were deleted \(3\)/);
    assert.match(part ?? '', /OpenClaw agent[\s\S]*ClawHub/);
    assert.match(part ?? '', /billing at hooks\.example\.com \(was h-1\)/);
  }
});

test('the same message sent twice has the same Message-ID, date and text', async (t) => {
  const mailbox = await openMailbox(t);
  const send = await senderTo(t, mailbox);
  await send();
  await send();
  const [first, second] = mailbox.mails.map(({ parsed: { messageId, date, subject, text, html } }) => ({
    messageId,
    date,
    subject,
    text,
    html,
  }));
  assert.deepEqual(first, second);
});

test('what is refused for good is told apart from what passes, and neither repeats an address', async (t) => {
  const mailbox = await openMailbox(t);
  const send = await senderTo(t, mailbox);
  const text = '5.1.1 <desk@acme.example>: no such user';
  const cases = [
    [{ at: 'recipient', code: 550, text }, 'never', 'the mail server answered 550 (5.1.1) to RCPT TO'],
    [{ at: 'data', code: 554, text: '5.7.1 desk@acme.example' }, 'never', 'the mail server answered 554 (5.7.1) to DATA'],
    [{ at: 'recipient', code: 450, text: '4.2.0 greylisted' }, 'later', 'the mail server answered 450 (4.2.0) to RCPT TO'],
    [{ at: 'data', code: 451, text: 'busy' }, 'later', 'the mail server answered 451 to DATA'],
    [
      { at: 'sender', code: 550, text: '5.7.1 leaver@acme.example is not yours' },
      'later',
      'the mail server answered 550 (5.7.1) to MAIL FROM',
    ],
  ] as const;
  for (const [refusal, kind, problem] of cases) {
    mailbox.refuseNext(refusal);
    assert.deepEqual(await send(), { kind, problem });
  }
  assert.deepEqual(mailbox.mails, []);
});

test('a server that takes the mail and is gone before it says so counts as one that may not have it', async (t) => {
  const mailbox = await openMailbox(t);
  const send = await senderTo(t, mailbox);
  mailbox.loseNext();
  assert.equal((await send()).kind, 'later');
  assert.equal(mailbox.mails.length, 1);
});

test('a server that is away is tried again later', async (t) => {
  const send = await senderTo(t, { host: '127.0.0.1', port: 1 });
  assert.deepEqual(await send(), { kind: 'later', problem: 'the mail server could not be used (ECONNREFUSED)' });
});

test('a mail that takes too long is given up, to be tried again', async (t) => {
  const mailbox = await openMailbox(t);
  const released = Promise.withResolvers<void>();
  mailbox.holdUntil(released.promise);
  const send = await senderTo(t, mailbox);
  const abort = new AbortController();
  const sending = send(HELD, abort.signal);
  abort.abort();
  assert.equal((await sending).kind, 'later');
  released.resolve();
});

test('the password is sent to a server that knows it, and a wrong one is a matter of the settings', async (t) => {
  const mailbox = await openMailbox(t, {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) =>
      password === PASSWORD ? callback(null, { user: username ?? '' }) : callback(new Error('no')),
  });
  const signedIn = await senderTo(t, mailbox, { user: 'leaver', password: PASSWORD });
  assert.deepEqual(await signedIn(), { kind: 'sent' });
  const stranger = await senderTo(t, mailbox, { user: 'leaver', password: 'another' });
  const refused = await stranger();
  assert.equal(refused.kind, 'later');
  assert.ok(!JSON.stringify(refused).includes('another'));
});

test('a server that offers no TLS is sent nothing where TLS is required', async (t) => {
  const mailbox = await openMailbox(t);
  const send = await senderTo(t, mailbox, { requireTls: true });
  assert.equal((await send()).kind, 'later');
  assert.deepEqual(mailbox.mails, []);
});

test('a certificate that nobody vouches for is not accepted', async (t) => {
  const mailbox = await openMailbox(t, { disabledCommands: [], logger: false });
  const send = await senderTo(t, mailbox, { requireTls: true });
  assert.equal((await send()).kind, 'later');
  assert.deepEqual(mailbox.mails, []);
});

test('what people have written ends no line and begins no tag', async (t) => {
  const mailbox = await openMailbox(t);
  const send = await senderTo(t, mailbox);
  const name = 'Ada\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>\u202e';
  await send({ event: 'case.held', case: { ...CASE, person: { email: 'ada@example.com', name } } });
  const mail = mailbox.mails[0];
  assert.equal(mail?.parsed.subject, 'Leaver needs your approval: Ada Bcc: evil@example.com <script>alert(1)</script> (ada@example.com)');
  assert.deepEqual(mail?.to, ['desk@acme.example']);
  assert.ok(!mail?.parsed.headers.some(({ key }) => key === 'bcc'));
  assert.match(mail?.parsed.html ?? '', /&lt;script&gt;/);
  assert.doesNotMatch(mail?.parsed.html ?? '', /<script/);
});

test('the Message-ID is below the domain that sends', () => {
  assert.equal(messageIdOf('1', 'Leaver <leaver@acme.example>'), '<1@acme.example>');
  assert.equal(messageIdOf('1', 'leaver@acme.example'), '<1@acme.example>');
});
