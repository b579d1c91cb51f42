import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { undo } from '../../support/undo.ts';

/** A mail as a mailbox has it. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly parsed: Email;
  readonly raw: string;
}

/** What the server says in the place of yes. */
export interface Refusal {
  readonly at: 'sender' | 'recipient' | 'data';
  readonly code: number;
  readonly text: string;
}

export interface Mailbox {
  readonly host: string;
  readonly port: number;
  readonly mails: readonly Mail[];
  /** Answers the next messages like this, in turn. */
  refuseNext(...refusals: readonly Refusal[]): void;
  /** Takes the next message, and breaks the connection in the place of saying so. */
  loseNext(): void;
  /** Takes the next message, and says nothing. */
  muteNext(): void;
  /** Takes nothing until the answer is there. */
  holdUntil(released: Promise<void>): void;
}

/** A real SMTP server that keeps what it is sent; it stops when the test ends. */
export async function openMailbox(t: TestContext, options: SMTPServerOptions = {}): Promise<Mailbox> {
  const mails: Mail[] = [];
  const refusals: Refusal[] = [];
  let isLost = false;
  let isMute = false;
  let held: Promise<void> = Promise.resolve();
  const answer = (at: Refusal['at'], callback: (error?: Error | null) => void): void => {
    const [next] = refusals;
    if (next?.at !== at) {
      callback();
      return;
    }
    refusals.shift();
    callback(Object.assign(new Error(next.text), { responseCode: next.code }));
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onMailFrom: (_address, _session, callback) => answer('sender', callback),
    onRcptTo: (_address, _session, callback) => answer('recipient', callback),
    onData: async (stream, { envelope }, callback) => {
      const raw = await buffer(stream);
      await held;
      if (refusals[0]?.at === 'data') {
        answer('data', callback);
        return;
      }
      const { mailFrom, rcptTo } = envelope;
      const parsed = await PostalMime.parse(raw);
      mails.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), parsed, raw: raw.toString() });
      if (isLost) {
        isLost = false;
        for (const connection of server.connections) connection.close();
        return;
      }
      if (isMute) {
        isMute = false;
        return;
      }
      callback();
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo(t, async () => {
    for (const connection of server.connections) connection.close();
    await new Promise<void>((resolve) => server.close(resolve));
  });
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuseNext: (...more) => void refusals.push(...more),
    loseNext: () => {
      isLost = true;
    },
    muteNext: () => {
      isMute = true;
    },
    holdUntil: (released) => {
      held = released;
    },
  };
}
