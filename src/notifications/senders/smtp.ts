import { createTransport } from 'nodemailer';
import { renderHtml, renderText } from '../render.ts';
import type { Sent } from '../schedule.ts';
import type { Outgoing, Sender } from '../sender.ts';
import type { Templates } from '../templates.ts';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise it is asked for by STARTTLS. */
  readonly secure: boolean;
  /** Whether a server that offers no TLS is sent nothing. */
  readonly requireTls: boolean;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** `Leaver <leaver@example.com>`, or the address alone. */
  readonly from: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Sends mail, one message to one person. `sent` says that the server took it; whether it reaches the person is between the servers. The Message-ID is the
 * same at every attempt, so that a mailbox that knows it can drop the double.
 */
export function createSmtpSender(settings: SmtpSettings, templates: Templates): Sender {
  const transport = createTransport({ ...connectionOf(settings), disableFileAccess: true, disableUrlAccess: true });
  return {
    send: async (message, signal) => {
      try {
        await transport.sendMail({ ...mailOf(settings, templates, message), signal });
        return { kind: 'sent' };
      } catch (error) {
        return failureOf(error);
      }
    },
    close: async () => transport.close(),
  };
}

function connectionOf({ host, port, secure, requireTls, user, password }: SmtpSettings) {
  return {
    host,
    port,
    secure,
    requireTLS: requireTls && !secure,
    tls: { minVersion: 'TLSv1.2' as const },
    ...(user !== undefined && { auth: { user, pass: password } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    socketCloseTimeout: 0,
  };
}

function mailOf({ from }: SmtpSettings, templates: Templates, { id, recipient, createdAt, happened }: Outgoing) {
  const template = templates[happened.event];
  return {
    from,
    to: { name: '', address: recipient },
    ...renderText(template, happened),
    html: renderHtml(template, happened),
    messageId: messageIdOf(id, from),
    date: createdAt,
    // RFC 3834: nobody's automatic reply comes back to us.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Leaver-Event': happened.event },
  };
}

/** The Message-ID (RFC 5322, section 3.6.4) of a message, below the domain that sends it. */
export function messageIdOf(id: string, from: string): string {
  return `<${id}@${/@([^\s@<>]+)>?\s*$/.exec(from)?.[1] ?? 'leaver.invalid'}>`;
}

/** What nodemailer hangs on its errors; the text of the server is left out, for it may repeat the address. */
interface SmtpFailure {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly permanent?: unknown;
  readonly originalCode?: unknown;
}

function failureOf(error: unknown): Sent {
  const failure = error as SmtpFailure;
  const { responseCode: status, permanent, command } = failure;
  if (typeof status !== 'number') {
    return { kind: 'later', problem: `the mail server could not be used (${String(failure.originalCode ?? failure.code ?? 'UNKNOWN')})` };
  }
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(failure.response ?? ''))?.[1];
  const problem = `the mail server answered ${status}${enhanced ? ` (${enhanced})` : ''} to ${String(command ?? 'the message')}`;
  // What is refused before it is known to whom the mail goes is a matter of the settings, and can be mended.
  const isAboutThisMail = command === 'RCPT TO' || command === 'DATA';
  return permanent === true && isAboutThisMail ? { kind: 'never', problem } : { kind: 'later', problem };
}
