import { z } from 'zod';
import type { Database, Tx } from '../database/database.ts';
import { operatorName } from '../http/auth.ts';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { problemView } from '../http/problem.ts';
import { LeaverError } from '../kernel/errors.ts';
import { isStorable } from '../kernel/text.ts';
import { checkpointFileSchema } from './checkpoint.ts';
import { type EvidenceSubject, exportEvidence } from './evidence.ts';
import { FORMS, inForm } from './forms.ts';
import type { Ledger } from './ledger.ts';
import { formIn } from './negotiate.ts';
import { makeCheckpoint } from './sign-checkpoint.ts';
import type { Signer } from './signer.ts';

export interface LedgerRoutesNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly signer: Signer;
  /** Reads the case and its person within the transaction; null when there is no such case. */
  readonly describe: (tx: Tx, caseId: string) => Promise<EvidenceSubject | null>;
}

const errors = { 400: problemView, 404: problemView, 409: problemView };
const querystring = z.strictObject({ from: z.coerce.number().int().nonnegative().optional() });

const bundle = z.looseObject({ format: z.string(), payload: z.record(z.string(), z.unknown()), signature: z.string() });
const FORM_VIEWS = {
  'application/json': { schema: bundle },
  'text/html': { schema: z.string() },
  'application/zip': { schema: z.unknown().meta({ type: 'string', format: 'binary' }) },
};

/** Evidence, the head of the ledger, and the keys to check both with. */
export function ledgerRoutes(routes: OperatorRoutes, needs: LedgerRoutesNeeds): void {
  evidenceRoute(routes, needs);
  checkpointRoute(routes, needs);
  keyRoutes(routes, needs);
}

function evidenceRoute(routes: OperatorRoutes, { db, ledger, signer, describe }: LedgerRoutesNeeds): void {
  const schema = {
    tags: ['record'],
    summary:
      'The evidence of a case: the signed bundle (JSON), a summary for people (HTML), or both to keep (ZIP), by `format` or else by Accept; with `from`, proven to continue an earlier checkpoint of that size',
    params: z.object({ id: z.string() }),
    querystring: querystring.extend({ format: z.enum(FORMS).optional() }),
    response: { 200: { content: FORM_VIEWS }, ...errors },
  };
  routes.get('/v1/cases/:id/evidence', 'viewer', schema, async (request, reply) => {
    const { id } = request.params;
    const made = await exportEvidence({ db, ledger, signer }, async (tx) => await describe(tx, id), request.query.from ?? null);
    if (!made) {
      throw new LeaverError('not-found', `There is no case ${id}.`);
    }
    const { type, headers, body } = await inForm(made, request.query.format ?? formIn(request.headers.accept), signer);
    return await reply
      .headers({ ...headers, 'cache-control': 'no-store', vary: 'accept' })
      .type(type)
      .send(body);
  });
}

function checkpointRoute(routes: OperatorRoutes, { db, ledger, signer }: LedgerRoutesNeeds): void {
  const schema = {
    tags: ['record'],
    summary: 'The head of the ledger, signed; with `from`, proven to continue an earlier checkpoint of that size',
    querystring,
    response: { 200: checkpointFileSchema, ...errors },
  };
  routes.get(
    '/v1/ledger/checkpoint',
    'viewer',
    schema,
    async (request) => await makeCheckpoint({ db, ledger, signer }, request.query.from ?? null),
  );
}

function keyRoutes(routes: OperatorRoutes, { signer, ledger }: LedgerRoutesNeeds): void {
  routes.get(
    '/.well-known/jwks.json',
    'public',
    {
      tags: ['record'],
      summary: 'The public keys that sign evidence (RFC 7517)',
      response: { 200: z.object({ keys: z.array(z.record(z.string(), z.string())) }) },
    },
    async () => ({ keys: await signer.publicKeys() }),
  );
  const schema = {
    tags: ['record'],
    summary: 'Sign with a new key from now on; what was signed before still verifies',
    body: z
      .strictObject({ reason: z.string().trim().min(1).max(1_000).refine(isStorable, 'must not hold NUL characters') })
      .meta({ examples: [{ reason: 'yearly rotation' }] }),
    response: { 200: z.object({ from: z.string(), to: z.string() }), ...errors },
  };
  routes.post('/v1/ledger/key/rotate', 'admin', schema, async (request) => {
    const by = operatorName(request);
    return await signer.rotate((tx, { from, to }) =>
      ledger.append(tx, [{ kind: 'key.rotated', caseId: null, data: { by, reason: request.body.reason, from, to } }]),
    );
  });
}
