import { z } from 'zod';
import type { Database, Tx } from '../database/database.ts';
import type { RequireRole } from '../http/auth.ts';
import type { Http } from '../http/build-http.ts';
import { problemView } from '../http/problem.ts';
import { LeaverError } from '../kernel/errors.ts';
import { canonicalJson } from './canonical.ts';
import { type EvidenceSubject, exportEvidence, printHead } from './evidence.ts';
import { FORMS, inForm } from './forms.ts';
import type { Ledger } from './ledger.ts';
import { formIn } from './negotiate.ts';
import type { Signer } from './signer.ts';

export interface LedgerRoutesNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly requireRole: RequireRole;
  /** Reads the case and its person within the transaction; null when there is no such case. */
  readonly describe: (tx: Tx, caseId: string) => Promise<EvidenceSubject | null>;
}

const security = [{ operator: [] }];
const errors = { 401: problemView, 403: problemView, 404: problemView };
const head = z.object({ seq: z.int(), hash: z.string() });

const bundle = z.looseObject({ format: z.string(), payload: z.record(z.string(), z.unknown()), signature: z.string() });
const FORM_VIEWS = {
  'application/json': { schema: bundle },
  'text/html': { schema: z.string() },
  'application/zip': { schema: z.unknown().meta({ type: 'string', format: 'binary' }) },
};

/** Evidence, the head of the ledger, and the keys to check both with. */
export function ledgerRoutes(http: Http, { db, ledger, signer, requireRole, describe }: LedgerRoutesNeeds): void {
  http.get(
    '/v1/cases/:id/evidence',
    {
      schema: {
        tags: ['record'],
        summary:
          'The evidence of a case: the signed bundle (JSON), a summary for people (HTML), or both to keep (ZIP); by `format`, or else by Accept',
        security,
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({ format: z.enum(FORMS).optional() }),
        response: { 200: { content: FORM_VIEWS }, ...errors },
      },
      onRequest: requireRole('viewer'),
    },
    async (request, reply) => {
      const { id } = request.params;
      const made = await exportEvidence({ db, ledger, signer }, async (tx) => await describe(tx, id));
      if (!made) {
        throw new LeaverError('not-found', `There is no case ${id}.`);
      }
      const { type, headers, body } = await inForm(made, request.query.format ?? formIn(request.headers.accept), signer);
      return await reply
        .headers({ ...headers, 'cache-control': 'no-store', vary: 'accept' })
        .type(type)
        .send(body);
    },
  );
  http.get(
    '/v1/ledger/checkpoint',
    {
      schema: {
        tags: ['record'],
        summary: 'The head of the ledger, signed',
        security,
        response: { 200: z.object({ head, signature: z.string() }), ...errors },
      },
      onRequest: requireRole('viewer'),
    },
    async () => {
      const sealed = printHead(await ledger.seal());
      return { head: sealed, signature: await signer.sign(canonicalJson({ format: 'leaver-checkpoint/1', head: sealed })) };
    },
  );
  http.get(
    '/.well-known/jwks.json',
    {
      schema: {
        tags: ['record'],
        summary: 'The public keys that sign evidence (RFC 7517)',
        response: { 200: z.object({ keys: z.array(z.record(z.string(), z.string())) }) },
      },
    },
    async () => ({ keys: await signer.publicKeys() }),
  );
}
