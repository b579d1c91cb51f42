import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { startMailbox } from '../../src/sandbox/mailbox.ts';
import { undo } from '../support/undo.ts';

async function openMailbox(t: TestContext) {
  const mailbox = await startMailbox();
  undo(t, async () => await mailbox.close());
  return mailbox;
}

test('a mail that is sent to it is there, once for each receiver, with its whole subject', async (t) => {
  const { host, port, mails } = await openMailbox(t);
  const transport = createTransport({ host, port });
  const subject = `A subject that is so long that it has to be folded ${'again and '.repeat(12)}again`;
  await transport.sendMail({
    from: 'a@example.com',
    to: ['b@example.com', 'c@example.com'],
    subject,
    text: 'One\n.\n..two\nSubject: none',
  });
  assert.deepEqual(
    mails,
    ['b@example.com', 'c@example.com'].map((to) => ({ from: 'a@example.com', to, subject })),
  );
});

test('what comes out of turn is refused, and what it does not know as well', async (t) => {
  const { host, port, mails } = await openMailbox(t);
  const socket = connect(port, host);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const say = async (text: string): Promise<string> => {
    socket.write(`${text}\r\n`);
    return String((await lines.next()).value).slice(0, 3);
  };
  await lines.next();
  const said = [
    await say('DATA'),
    await say('RCPT TO:<a@b>'),
    await say('STARTTLS'),
    await say('NOOP'),
    await say('MAIL FROM:<a@b>'),
    await say('DATA'),
  ];
  assert.deepEqual(said, ['503', '503', '502', '250', '250', '503']);
  assert.equal(await say('QUIT'), '221');
  await once(socket, 'close');
  assert.deepEqual(mails, []);
});
