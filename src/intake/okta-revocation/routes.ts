import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Http } from '../../http/build-http.ts';
import { problemView } from '../../http/problem.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { TokenVerifier } from '../../tokens/tokens.ts';
import { oktaRevocation } from '../bodies.ts';
import type { Intake } from '../intake.ts';
import { keepRawBody, parseJsonBody, rawBodyOf, sha256Of } from '../raw-body.ts';
import type { Disposition, Meaning, Signal } from '../signal.ts';
import { meaningOf, parseRevocation } from './parse.ts';
import { type ProvenRequest, proveRequest } from './verify.ts';

/** One Okta organization that logs people out here. */
export interface OktaRevocation {
  readonly connection: string;
  readonly issuer: string;
  readonly verifier: TokenVerifier;
}

export interface OktaRevocationNeeds {
  readonly revocations: readonly OktaRevocation[];
  readonly meanings: Readonly<Record<string, Meaning>>;
  readonly intake: Intake;
  /** What became of an event when it was first received; null when it never was. */
  readonly dispositionOf: (connection: string, eventId: string) => Promise<Disposition | null>;
}

const CHANNEL = 'okta-revocation';
const params = z.object({ connection: z.string() });

/**
 * Okta's Universal Logout: somebody is to be logged out everywhere, now.
 *
 * @see https://developer.okta.com/docs/guides/oin-universal-logout-overview/
 */
export function oktaRevocationRoutes(http: Http, needs: OktaRevocationNeeds): void {
  const byConnection = new Map(needs.revocations.map((revocation) => [revocation.connection, revocation]));
  const proofs = new WeakMap<FastifyRequest, ProvenRequest>();
  const schema = {
    tags: ['intake'],
    summary: 'Okta logs somebody out everywhere (global token revocation); answered once it is stored',
    security: [{ oktaUniversalLogout: [] }],
    params,
    ...oktaRevocation,
    response: {
      204: z.null().describe('Stored, now or before'),
      400: problemView,
      401: problemView,
      404: problemView.describe('There is no such connection, or nobody is known by the subject'),
      413: problemView,
      429: problemView,
      503: problemView,
    },
  };
  http.register((scope: Http, _options, done) => {
    keepRawBody(scope);
    scope.post(
      '/intake/okta/:connection/revocation',
      {
        schema,
        // Before the body is read: a sender without a token of Okta's cannot make us read a megabyte.
        onRequest: async (request, reply) => {
          proofs.set(request, await checkSender(findRevocation(byConnection, request), request, reply));
        },
      },
      async (request, reply) => {
        const { connection, issuer } = findRevocation(byConnection, request);
        const signal = toSignal(connection, issuer, proofs.get(request), rawBodyOf(request), needs.meanings);
        const [stored] = await needs.intake.accept([signal]);
        const disposition = stored === 'duplicate' ? await needs.dispositionOf(connection, signal.eventId) : stored;
        request.log.info({ connection, channel: CHANNEL, stored, disposition }, 'a signal was stored');
        if (disposition === 'unresolved') {
          throw new LeaverError('not-found', 'Nobody is known by this subject. The request was recorded, and nobody was logged out.');
        }
        return await reply.status(204).send(null);
      },
    );
    done();
  });
}

function findRevocation(revocations: ReadonlyMap<string, OktaRevocation>, request: FastifyRequest): OktaRevocation {
  const revocation = revocations.get(params.parse(request.params).connection);
  if (!revocation) {
    throw new LeaverError('not-found', 'There is no Okta connection of this name with Universal Logout.');
  }
  return revocation;
}

async function checkSender({ connection, verifier }: OktaRevocation, request: FastifyRequest, reply: FastifyReply): Promise<ProvenRequest> {
  const proof = await proveRequest(verifier, request.headers.authorization);
  if (proof.kind === 'refused') {
    const { cause, message, retryAfterMs } = proof;
    request.log.warn({ connection, channel: CHANNEL, cause, reason: message }, 'a request was refused');
    if (retryAfterMs !== null) {
      throw new LeaverError('unavailable', `${message} Nothing was stored.`, { retryAfterMs });
    }
    reply.header('www-authenticate', 'Bearer error="invalid_token"');
    throw new LeaverError('unauthorized', `${message} Nothing was stored.`);
  }
  return proof;
}

/**
 * The id of the token is the id of the event: a token that is used again, be it by an Okta that did not get our answer or by somebody who caught it, is
 * a duplicate and has no effect, whomever it names. Signals are kept for good, and so for longer than any token is valid.
 */
function toSignal(
  connection: string,
  issuer: string,
  proof: ProvenRequest | undefined,
  body: Buffer,
  meanings: Readonly<Record<string, Meaning>>,
): Signal {
  if (!proof) {
    throw new LeaverError('internal', 'A request was let in without a check of who sent it');
  }
  const subject = parseRevocation(parseJsonBody(body), issuer);
  return {
    connection,
    channel: CHANNEL,
    ...meaningOf(meanings),
    eventId: proof.jti,
    subject,
    note: subject === null ? 'the id of the person was given out by another issuer' : null,
    occurredAt: proof.issuedAt,
    bodySha256: sha256Of(body),
    verifiedBy: proof.verifiedBy,
  };
}
