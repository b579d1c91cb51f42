import { z } from 'zod';
import type { Http } from '../../http/build-http.ts';
import { problemView } from '../../http/problem.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { oktaDelivery } from '../bodies.ts';
import type { Intake } from '../intake.ts';
import { matchSecret } from '../match-secret.ts';
import { keepRawBody, parseJsonBody, rawBodyOf, sha256Of } from '../raw-body.ts';
import type { Meaning, Signal } from '../signal.ts';
import { type ParsedEvent, parseDelivery } from './parse.ts';

/** One Okta organization whose event hook comes here. */
export interface OktaEventHook {
  readonly connection: string;
  /** Lower case. */
  readonly header: string;
  /** Several while a secret is being rotated. */
  readonly secrets: readonly string[];
  /** Ids of the apps whose loss takes a person out; without them, no app does. */
  readonly apps?: ReadonlySet<string>;
}

export interface OktaRoutesNeeds {
  readonly hooks: readonly OktaEventHook[];
  readonly meanings: Readonly<Record<string, Meaning>>;
  readonly intake: Intake;
}

const CHANNEL = 'okta-event-hook';
const params = z.object({ connection: z.string() });
const errors = { 400: problemView, 401: problemView, 404: problemView, 413: problemView, 429: problemView, 503: problemView };

/**
 * The two routes of an Okta event hook: the one-time challenge, and deliveries.
 *
 * @see https://developer.okta.com/docs/concepts/event-hooks/
 */
export function oktaEventHookRoutes(http: Http, { hooks, meanings, intake }: OktaRoutesNeeds): void {
  const byConnection = new Map(hooks.map((hook) => [hook.connection, hook]));
  http.register((scope: Http, _options, done) => {
    keepRawBody(scope);
    challengeRoute(scope, byConnection);
    deliveryRoute(scope, byConnection, meanings, intake);
    done();
  });
}

function findHook(hooks: ReadonlyMap<string, OktaEventHook>, connection: string): OktaEventHook {
  const hook = hooks.get(connection);
  if (!hook) {
    throw new LeaverError('not-found', 'There is no Okta connection of this name with an event hook.');
  }
  return hook;
}

function challengeRoute(scope: Http, hooks: ReadonlyMap<string, OktaEventHook>): void {
  const schema = {
    tags: ['intake'],
    summary: 'Okta asks once whether this address is ours',
    params,
    response: { 200: z.object({ verification: z.string() }), 400: problemView, 404: problemView },
  };
  scope.get('/intake/okta/:connection/events', { schema }, async (request) => {
    findHook(hooks, request.params.connection);
    const challenge = request.headers['x-okta-verification-challenge'];
    if (typeof challenge !== 'string') {
      throw new LeaverError(
        'invalid-request',
        'This address takes Okta event hooks; a GET must carry the header x-okta-verification-challenge.',
      );
    }
    return { verification: challenge };
  });
}

function deliveryRoute(
  scope: Http,
  hooks: ReadonlyMap<string, OktaEventHook>,
  meanings: Readonly<Record<string, Meaning>>,
  intake: Intake,
): void {
  const schema = {
    tags: ['intake'],
    summary: 'Okta delivers events; answered once they are stored',
    security: [{ oktaEventHook: [] }],
    params,
    ...oktaDelivery,
    response: { 204: z.null().describe('Stored'), ...errors },
  };
  const secretOf = new WeakMap<object, number>();
  scope.post(
    '/intake/okta/:connection/events',
    {
      schema,
      // Before the body is read: a sender without the secret cannot make us read a megabyte.
      onRequest: async (request) => {
        const { header, secrets } = findHook(hooks, params.parse(request.params).connection);
        const place = matchSecret(request.headers[header], secrets);
        if (place === null) {
          throw new LeaverError('unauthorized', `The header ${header} does not carry a secret of this event hook. Nothing was stored.`);
        }
        secretOf.set(request, place);
      },
    },
    async (request, reply) => {
      const { connection, apps = new Set() } = findHook(hooks, request.params.connection);
      const body = rawBodyOf(request);
      const bodySha256 = sha256Of(body);
      const verifiedBy = `eventHook.secrets[${secretOf.get(request)}]`;
      const events = parseDelivery(parseJsonBody(body), bodySha256, { overrides: meanings, apps });
      const dispositions = await intake.accept(events.map((event) => toSignal(event, connection, bodySha256, verifiedBy)));
      request.log.info({ connection, channel: CHANNEL, events: events.length, dispositions }, 'signals were stored');
      return await reply.status(204).send(null);
    },
  );
}

function toSignal(event: ParsedEvent, connection: string, bodySha256: string, verifiedBy: string): Signal {
  return { connection, channel: CHANNEL, bodySha256, verifiedBy, ...event };
}
