import { type Database, inTransaction, type Tx } from '../database/database.ts';
import type { Directory, Found } from '../directory/directory.ts';
import { LeaverError } from '../kernel/errors.ts';
import { traceparent } from '../kernel/trace.ts';
import type { Playbook } from '../targets/target.ts';
import { keepAnswer, type OnceKey, takeKey } from './once-store.ts';
import type { OpenRequest } from './open.ts';
import { readCase } from './read.ts';
import { type CaseView, caseView } from './views.ts';

export type { OnceKey } from './once-store.ts';

/** What an operator asks for. */
export interface OperatorRequest {
  readonly by: string;
  readonly reason: string;
  readonly email: string;
  readonly playbook: Playbook;
  /** With a key, the same request sent again is answered as it was the first time. */
  readonly once: OnceKey | null;
}

export interface Opened {
  readonly case: CaseView;
  /** Whether this is the answer to an earlier request with the same key. */
  readonly repeated: boolean;
}

export interface OpenOnceNeeds {
  readonly db: Database;
  readonly directory: Directory;
  readonly openOrJoin: (tx: Tx, requests: readonly OpenRequest[]) => Promise<Map<string, string>>;
}

/**
 * Opens or joins the case of whoever has the e-mail. The key is taken, the case opened and the answer kept in one transaction, so that a crash leaves
 * all of it or nothing.
 *
 * @throws LeaverError `conflict` when the e-mail tells nobody for certain, `idempotency-key-reused`
 */
export async function openOnce(needs: OpenOnceNeeds, request: OperatorRequest): Promise<Opened> {
  return await inTransaction(needs.db, async (tx) => {
    const earlier = request.once && (await takeKey(tx, request.once));
    if (earlier) {
      return { case: caseView.safeParse(earlier.answer).data ?? (await show(tx, earlier.caseId)), repeated: true };
    }
    const found = await findPerson(needs, tx, request.email);
    const opened = await show(tx, await openFor(needs, tx, found, request));
    if (request.once) {
      keepAnswer(tx, request.once, opened);
    }
    return { case: opened, repeated: false };
  });
}

type Recognised = Extract<Found, { kind: 'person' }>;

async function findPerson({ directory }: OpenOnceNeeds, tx: Tx, email: string): Promise<Recognised> {
  const [found] = await directory.resolve(tx, [{ connection: null, subject: { id: null, email, name: null } }]);
  if (found?.kind !== 'person') {
    throw new LeaverError('conflict', `No case was opened for ${email}: ${found?.reason}.`);
  }
  return found;
}

async function openFor(
  { openOrJoin }: OpenOnceNeeds,
  tx: Tx,
  { person, rule }: Recognised,
  { playbook, by, reason }: OperatorRequest,
): Promise<string> {
  const given = { person, rule, playbook, by, reason, contradiction: null, startsAt: null, confirmBy: [], insists: true };
  const request = { ...given, traceparent: traceparent() };
  return (await openOrJoin(tx, [request])).get(person.id) ?? '';
}

async function show(tx: Tx, caseId: string): Promise<CaseView> {
  const found = await readCase(tx.sql, caseId);
  if (!found) {
    throw new LeaverError('internal', 'A case was opened and cannot be found');
  }
  return found.view;
}
