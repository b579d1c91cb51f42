import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** A mail as it was taken. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
}

/** A mail server that takes every mail and sends none on. */
export interface Mailbox {
  readonly host: string;
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts one on the loopback interface; it speaks as much of RFC 5321 as a sender of single mails needs. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    converse(socket, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    host: HOST,
    port: (server.address() as AddressInfo).port,
    mails,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const LARGEST = 1024 * 1024;

function converse(socket: Socket, keep: (mail: ReceivedMail) => void): void {
  const session = createSession(keep);
  let unread = '';
  socket.setEncoding('latin1');
  socket.write('220 sandbox ESMTP\r\n');
  socket.on('data', (chunk) => {
    unread += String(chunk);
    if (unread.length > LARGEST) socket.destroy();
    for (let end = unread.indexOf('\r\n'); end !== -1; end = unread.indexOf('\r\n')) {
      const answer = session.line(unread.slice(0, end));
      unread = unread.slice(end + 2);
      if (answer !== null) socket.write(`${answer}\r\n`);
      if (answer?.startsWith('221')) socket.end();
    }
  });
}

/** One sender's conversation: a line in, an answer out; null while there is nothing to say. */
function createSession(keep: (mail: ReceivedMail) => void): { line(text: string): string | null } {
  let from: string | null = null;
  let to: string[] = [];
  let body: string[] | null = null;

  const begin = (): void => {
    from = null;
    to = [];
    body = null;
  };

  const data = (text: string, lines: string[]): string | null => {
    if (text !== '.') {
      lines.push(text.startsWith('.') ? text.slice(1) : text);
      return null;
    }
    for (const recipient of to) keep({ from: from ?? '', to: recipient, subject: subjectOf(lines) });
    begin();
    return '250 2.0.0 taken';
  };

  return {
    line: (text) => {
      if (body !== null) return data(text, body);
      const address = /<([^>]*)>/.exec(text)?.[1] ?? '';
      switch (text.slice(0, 4).toUpperCase()) {
        case 'EHLO':
        case 'HELO':
        case 'RSET':
          begin();
          return '250 sandbox';
        case 'MAIL':
          from = address;
          return '250 2.1.0 go on';
        case 'RCPT':
          if (from === null) return '503 5.5.1 say MAIL first';
          to.push(address);
          return '250 2.1.5 go on';
        case 'DATA':
          if (to.length === 0) return '503 5.5.1 say RCPT first';
          body = [];
          return '354 end with a full stop';
        case 'NOOP':
          return '250 2.0.0 done';
        case 'QUIT':
          return '221 2.0.0 goodbye';
        default:
          return '502 5.5.2 not offered here';
      }
    },
  };
}

/** The subject of a mail, its lines put together again. */
function subjectOf(lines: readonly string[]): string {
  const head = lines
    .slice(0, lines.indexOf(''))
    .join('\r\n')
    .replace(/\r\n[ \t]+/g, ' ');
  return /^Subject: (.*)$/im.exec(head)?.[1]?.trim() ?? '';
}
