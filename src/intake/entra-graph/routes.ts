import { z } from 'zod';
import type { Http } from '../../http/build-http.ts';
import { problemView } from '../../http/problem.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { TokenVerifier } from '../../tokens/tokens.ts';
import { graphNotifications } from '../bodies.ts';
import type { Intake } from '../intake.ts';
import { keepRawBody, parseJsonBody, rawBodyOf, sha256Of } from '../raw-body.ts';
import { judge } from './judge.ts';
import type { Keep } from './keep.ts';
import { type Delivery, parseNotifications } from './parse.ts';
import { checkValidationTokens, matchesClientState } from './verify.ts';

/** One Entra tenant whose notifications come here. */
export interface GraphNotifications {
  readonly connection: string;
  /** Several while it is changed: of our subscription, and of the one before it. */
  readonly clientStates: readonly string[];
  readonly tenantId: string;
  readonly tokens: TokenVerifier;
}

export interface GraphRoutesNeeds {
  readonly connections: readonly GraphNotifications[];
  readonly intake: Intake;
  readonly keep: Keep;
}

const params = z.object({ connection: z.string() });
/** Opaque, and given back as it is: what could be taken for a page is none of Graph's. */
const querystring = z.object({
  validationToken: z
    .string()
    .min(1)
    .max(4_096)
    .regex(/^[^<>]*$/)
    .optional(),
});

/**
 * Change notifications and lifecycle notifications of Microsoft Graph, and its handshake.
 *
 * @see https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 */
export function graphRoutes(http: Http, { connections, intake, keep }: GraphRoutesNeeds): void {
  const byName = new Map(connections.map((one) => [one.connection, one]));
  const schema = {
    tags: ['intake'],
    summary: 'Microsoft Graph tells what changed; answered once it is stored',
    params,
    querystring,
    ...graphNotifications,
    response: {
      200: z.string().describe('The validation token, as plain text'),
      202: z.literal('').describe('Stored'),
      400: problemView,
      404: problemView,
      413: problemView,
      429: problemView,
      503: problemView,
    },
  };
  http.register((scope: Http, _options, done) => {
    keepRawBody(scope);
    scope.post('/intake/entra/:connection/notifications', { schema }, async (request, reply) => {
      const rules = find(byName, request.params.connection);
      const { validationToken } = request.query;
      if (validationToken !== undefined) {
        return await reply.type('text/plain; charset=utf-8').send(validationToken);
      }
      const body = rawBodyOf(request);
      const bodySha256 = sha256Of(body);
      const delivery = parseNotifications(parseJsonBody(body));
      const judged = judge(delivery.items, { ...rules, bodySha256 }, await forgeryIn(delivery, rules));
      await keep(rules.connection, judged, bodySha256);
      const dispositions = await intake.accept(judged.signals);
      request.log.info(
        { connection: rules.connection, items: delivery.items.length, readBacks: judged.readBacks.length, dispositions },
        'notifications were stored',
      );
      return await reply.status(202).send('');
    });
    done();
  });
}

function find(connections: ReadonlyMap<string, GraphNotifications>, name: string): GraphNotifications {
  const found = connections.get(name);
  if (!found) {
    throw new LeaverError('not-found', 'There is no Entra connection of this name with Graph notifications.');
  }
  return found;
}

/** Why nothing of the delivery is believed. Who does not know the client state does not make us verify signatures. */
async function forgeryIn(
  { items, validationTokens }: Delivery,
  { clientStates, tokens, tenantId }: GraphNotifications,
): Promise<string | null> {
  if (validationTokens.length === 0 || !items.some((item) => matchesClientState(item.clientState, clientStates))) {
    return null;
  }
  const verdict = await checkValidationTokens(tokens, validationTokens, tenantId);
  switch (verdict.kind) {
    case 'genuine':
      return null;
    case 'forged':
      return `a validation token of the delivery does not hold: ${verdict.reason}`;
    case 'unknown':
      throw new LeaverError('unavailable', `${verdict.reason} Nothing was stored.`, { retryAfterMs: verdict.retryAfterMs });
  }
}
