import { z } from 'zod';
import type { Database, Tx } from '../database/database.ts';
import type { RequireRole } from '../http/auth.ts';
import type { Http } from '../http/build-http.ts';
import { problemView } from '../http/problem.ts';
import { LeaverError } from '../kernel/errors.ts';
import { canonicalJson } from './canonical.ts';
import { type EvidenceSubject, exportEvidence, printHead } from './evidence.ts';
import type { Ledger } from './ledger.ts';
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

/** Evidence, the head of the ledger, and the keys to check both with. */
export function ledgerRoutes(http: Http, { db, ledger, signer, requireRole, describe }: LedgerRoutesNeeds): void {
  const bundle = z.looseObject({ format: z.string(), payload: z.record(z.string(), z.unknown()), signature: z.string() });
  http.get(
    '/v1/cases/:id/evidence',
    {
      schema: {
        tags: ['record'],
        summary: 'The signed evidence bundle of a case',
        security,
        params: z.object({ id: z.string() }),
        response: { 200: bundle, ...errors },
      },
      onRequest: requireRole('viewer'),
    },
    async (request, reply) => {
      const { id } = request.params;
      const made = await exportEvidence({ db, ledger, signer }, async (tx) => await describe(tx, id));
      if (!made) {
        throw new LeaverError('not-found', `There is no case ${id}.`);
      }
      return await reply
        .header('content-disposition', `attachment; filename="leaver-evidence-${made.payload.case.id}.json"`)
        .send({ ...made });
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
