import { createHmac } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { HookClient } from '../../outbound/outbound.ts';
import type { Outgoing, Sender } from '../sender.ts';
import { sentOf } from './sent-of.ts';

export interface StandardWebhookNeeds {
  readonly client: HookClient;
  /** `whsec_` and the base64 of the key; several while one takes the place of another, and then the message carries a signature of each. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
}

/**
 * Sends signed webhooks. Body and `webhook-id` are the same at every attempt, so that a receiver that knows the id can drop the double; the timestamp is
 * that of the attempt.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function createStandardWebhookSender({ client, secrets, clock }: StandardWebhookNeeds): Sender {
  return {
    send: async (message, signal) => {
      const body = bodyOf(message);
      const timestamp = String(Math.floor(clock.now().getTime() / 1_000));
      const signatures = secrets.map((secret) => sign(secret, `${message.id}.${timestamp}.${body}`));
      const headers = { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
      return sentOf(await client.post({ body, headers, signal }));
    },
    close: async () => await client.close(),
  };
}

function bodyOf({ createdAt, happened: { event, ...data } }: Outgoing): string {
  return JSON.stringify({ type: event, timestamp: createdAt.toISOString(), data });
}

/** The signature of version 1: HMAC-SHA256 over id, timestamp and body. */
export function sign(secret: string, signed: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
