import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { NewId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { createHookClient } from '../outbound/outbound.ts';
import { createCourier } from './courier.ts';
import type { OperatorEvent } from './happening.ts';
import { createTell, type Tell } from './outbox.ts';
import type { Channel } from './recipients.ts';
import type { Sender } from './sender.ts';
import { createSlackSender } from './senders/slack.ts';
import { createSmtpSender, type SmtpSettings } from './senders/smtp.ts';
import { createStandardWebhookSender } from './senders/standard-webhook.ts';
import { createSilenceWatch, type Expected } from './silence.ts';
import { createTellSuccessor, type Notice, type Telling } from './successor.ts';
import { readTemplates, type Templates } from './templates.ts';

export { removeMessages } from './erase-store.ts';
export type { OperatorHappening } from './happening.ts';
export type { Tell } from './outbox.ts';
export { readTemplates } from './templates.ts';

export interface NotificationSettings {
  readonly smtp: SmtpSettings | null;
  readonly operators: {
    readonly mail: readonly string[];
    /** The address of the incoming webhook, a secret. */
    readonly slackUrl: string | null;
    readonly webhook: { readonly url: string; readonly secrets: readonly string[] } | null;
    readonly events: readonly OperatorEvent[];
  };
  readonly templatesDir: string | null;
  readonly expected: readonly Expected[];
  readonly timeoutMs: number;
}

export interface NotificationNeeds {
  readonly db: Database;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly log: Log;
}

/** Messages to people: what happened is put into an outbox with the change itself, and sent from there until it arrives. */
export interface NotificationCentre {
  readonly tell: Tell;
  /** Tells a successor by mail; undefined where no mail server is configured. Throws only when the signal is aborted or the database is away. */
  readonly tellSuccessor: ((notice: Notice, signal: AbortSignal) => Promise<Telling>) | undefined;
  /** Begins to send, and to listen for silence. For a process that works. */
  start(): void;
  /** Messages under way get `graceMs`; what is not sent by then is sent by another process, or later. */
  stop(graceMs: number): Promise<void>;
}

/** @throws LeaverError `configuration` when the templates are not in order */
export async function openNotifications(settings: NotificationSettings, needs: NotificationNeeds): Promise<NotificationCentre> {
  const { smtp, operators, expected } = settings;
  const senders = sendersOf(settings, await readTemplates(settings.templatesDir), needs);
  const courier = createCourier({ ...needs, senders });
  const { mail, events } = operators;
  const recipients = { mail: smtp ? mail : [], slack: operators.slackUrl !== null, webhook: operators.webhook !== null, events };
  const tell = createTell({ ...needs, recipients, onTold: courier.hurry });
  const silence = createSilenceWatch({ ...needs, tell, expected });
  return {
    tell,
    tellSuccessor: smtp ? createTellSuccessor({ ...needs, from: smtp.from, hurry: courier.hurry }) : undefined,
    start: () => {
      courier.start();
      silence.start();
    },
    stop: async (graceMs) => {
      await Promise.all([courier.stop(graceMs), silence.stop()]);
    },
  };
}

function sendersOf(
  { smtp, operators: { slackUrl, webhook }, timeoutMs }: NotificationSettings,
  templates: Templates,
  { clock, log }: NotificationNeeds,
): Map<Channel, Sender> {
  const senders = new Map<Channel, Sender>();
  const clientOf = (name: string, url: string) => createHookClient({ name, url, timeoutMs, clock, log });
  if (smtp) senders.set('mail', createSmtpSender(smtp, templates));
  if (slackUrl !== null) senders.set('slack', createSlackSender(clientOf('notifications.operators.slack', slackUrl), templates));
  if (webhook) {
    const client = clientOf('notifications.operators.webhook', webhook.url);
    senders.set('webhook', createStandardWebhookSender({ client, secrets: webhook.secrets, clock }));
  }
  return senders;
}
