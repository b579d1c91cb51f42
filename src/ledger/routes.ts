import { z } from 'zod';
import type { Database, Tx } from '../database/database.ts';
import type { OperatorRoutes } from '../http/operator-routes.ts';
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
  /** Reads the case and its person within the transaction; null when there is no such case. */
  readonly describe: (tx: Tx, caseId: string) => Promise<EvidenceSubject | null>;
}

const head = z.object({ seq: z.int(), hash: z.string() });

/** Evidence, the head of the ledger, and the keys to check both with. */
export function ledgerRoutes(routes: OperatorRoutes, { db, ledger, signer, describe }: LedgerRoutesNeeds): void {
  const bundle = z.looseObject({ format: z.string(), payload: z.record(z.string(), z.unknown()), signature: z.string() });
  routes.get(
    '/v1/cases/:id/evidence',
    'viewer',
    {
      tags: ['record'],
      summary: 'The signed evidence bundle of a case',
      params: z.object({ id: z.string() }),
      response: { 200: bundle, 404: problemView },
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
  routes.get(
    '/v1/ledger/checkpoint',
    'viewer',
    {
      tags: ['record'],
      summary: 'The head of the ledger, signed',
      response: { 200: z.object({ head, signature: z.string() }) },
    },
    async () => {
      const sealed = printHead(await ledger.seal());
      return { head: sealed, signature: await signer.sign(canonicalJson({ format: 'leaver-checkpoint/1', head: sealed })) };
    },
  );
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
}
