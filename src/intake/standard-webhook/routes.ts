import { z } from 'zod';
import type { Http } from '../../http/build-http.ts';
import { problemView } from '../../http/problem.ts';
import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { webhookMessage } from '../bodies.ts';
import type { Intake } from '../intake.ts';
import { keepRawBody, parseJsonBody, rawBodyOf, sha256Of } from '../raw-body.ts';
import type { Meaning } from '../signal.ts';
import { type PayloadMapping, parseMessage } from './parse.ts';
import { type Envelope, matchSignature, readEnvelope, secondsAhead, type WebhookKey } from './verify.ts';

/** One sender of webhooks. */
export interface StandardWebhook {
  readonly connection: string;
  /** Several while a secret is being rotated. */
  readonly keys: readonly WebhookKey[];
  /** How old a message may be, and how far ahead the sender's clock. */
  readonly toleranceSeconds: number;
  readonly mapping: PayloadMapping;
  readonly defaultTimeZone: string;
}

export interface WebhookRoutesNeeds {
  readonly webhooks: readonly StandardWebhook[];
  readonly meanings: Readonly<Record<string, Meaning>>;
  readonly intake: Intake;
  readonly clock: Clock;
}

const CHANNEL = 'standard-webhook';
const params = z.object({ connection: z.string() });
const errors = { 400: problemView, 401: problemView, 404: problemView, 413: problemView, 429: problemView, 503: problemView };

/**
 * The route of senders that follow Standard Webhooks 1.0.0. Whatever keeps a message from being proven is answered 401, and the sender tries
 * again; 400 is for those who proved who they are.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function standardWebhookRoutes(http: Http, needs: WebhookRoutesNeeds): void {
  const byConnection = new Map(needs.webhooks.map((webhook) => [webhook.connection, webhook]));
  http.register((scope: Http, _options, done) => {
    keepRawBody(scope);
    logRefusals(scope);
    messageRoute(scope, byConnection, needs);
    done();
  });
}

function messageRoute(scope: Http, webhooks: ReadonlyMap<string, StandardWebhook>, { meanings, intake, clock }: WebhookRoutesNeeds): void {
  const schema = {
    tags: ['intake'],
    summary: 'An HR system tells of a person; answered once it is stored',
    security: [{ standardWebhook: [] }],
    params,
    ...webhookMessage,
    response: { 202: z.null().optional().describe('Stored, or known already'), ...errors },
  };
  const envelopes = new WeakMap<object, Envelope>();
  scope.post(
    '/intake/webhook/:connection',
    {
      schema,
      // Before the body is read: what cannot be proven anyway makes us read nothing.
      onRequest: async (request) => {
        const webhook = findWebhook(webhooks, params.parse(request.params).connection);
        envelopes.set(request, timelyEnvelope(readEnvelope(request.headers), webhook, clock.now()));
      },
    },
    async (request, reply) => {
      const webhook = findWebhook(webhooks, request.params.connection);
      const body = rawBodyOf(request);
      const { envelope, verifiedBy } = verified(envelopes.get(request), body, webhook);
      const { connection, mapping, defaultTimeZone } = webhook;
      const sentAt = new Date(Number(envelope.timestamp) * 1_000);
      const message = parseMessage(parseJsonBody(body), { mapping, overrides: meanings, sentAt, now: clock.now(), defaultTimeZone });
      const signal = { connection, channel: CHANNEL, eventId: envelope.id, bodySha256: sha256Of(body), verifiedBy, ...message };
      const dispositions = await intake.accept([signal]);
      request.log.info({ connection, channel: CHANNEL, dispositions }, 'a signal was stored');
      return await reply.status(202).send(undefined);
    },
  );
}

/** Whoever connects an HR system looks here first, when nothing comes. */
function logRefusals(scope: Http): void {
  scope.addHook('onError', async (request, _reply, error) => {
    if (error instanceof LeaverError && error.code === 'unauthorized') {
      const { connection } = params.parse(request.params);
      request.log.warn({ connection, channel: CHANNEL, reason: error.message }, 'a message was refused');
    }
  });
}

function findWebhook(webhooks: ReadonlyMap<string, StandardWebhook>, connection: string): StandardWebhook {
  const webhook = webhooks.get(connection);
  if (!webhook) {
    throw new LeaverError('not-found', 'There is no webhook connection of this name.');
  }
  return webhook;
}

function timelyEnvelope(envelope: Envelope | string, { toleranceSeconds }: StandardWebhook, now: Date): Envelope {
  if (typeof envelope === 'string') {
    throw unproven(envelope);
  }
  const ahead = secondsAhead(envelope, now);
  if (Math.abs(ahead) > toleranceSeconds) {
    const where = ahead > 0 ? 'ahead of' : 'behind';
    throw unproven(
      `its timestamp is ${Math.abs(ahead)} seconds ${where} the clock here, and ${toleranceSeconds} are allowed; check both clocks`,
    );
  }
  return envelope;
}

function verified(envelope: Envelope | undefined, body: Buffer, { keys }: StandardWebhook): { envelope: Envelope; verifiedBy: string } {
  const place = envelope ? matchSignature(envelope, body, keys) : null;
  if (!envelope || place === null) {
    throw unproven('no signature of it was made with a secret of this connection over these very bytes');
  }
  return { envelope, verifiedBy: `secrets[${place}]` };
}

function unproven(reason: string): LeaverError {
  return new LeaverError('unauthorized', `The message does not prove who sent it: ${reason}. Nothing was stored.`);
}
