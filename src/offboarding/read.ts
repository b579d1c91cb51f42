import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { CaseTable } from '../database/schema.ts';
import { LeaverError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { CASE_STATES, type CaseState } from './case.ts';
import { readSteps } from './step-store.ts';
import { toCase } from './store.ts';
import { type CaseSignalView, type CaseView, viewCase } from './views.ts';

export interface CaseFilter {
  readonly state?: CaseState | undefined;
  /** Compared without regard to case. */
  readonly email?: string | undefined;
  readonly target?: string | undefined;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface CasePage {
  readonly items: CaseView[];
  readonly nextCursor: string | null;
}

/** A page of cases, newest first. */
export async function listCases(db: Database, filter: CaseFilter): Promise<CasePage> {
  let query = selectCases(db)
    .orderBy('opened_at', 'desc')
    .orderBy('offboarding_case.id', 'desc')
    .limit(filter.limit + 1);
  if (filter.state !== undefined) {
    query = query.where('state', '=', filter.state);
  }
  if (filter.email !== undefined) {
    const key = filter.email.toLowerCase();
    query = query.where('person.id', 'in', (where) => where.selectFrom('person_email').select('person_id').where('email_key', '=', key));
  }
  if (filter.target !== undefined) {
    const target = filter.target;
    query = query.where('offboarding_case.id', 'in', (where) => where.selectFrom('step').select('case_id').where('target', '=', target));
  }
  if (filter.cursor !== undefined) {
    const { at, id } = readCursor(filter.cursor);
    query = query.where(
      sql<boolean>`(opened_at, offboarding_case.id) < (timestamptz 'epoch' + ${at}::bigint * interval '1 microsecond', ${id}::uuid)`,
    );
  }
  const rows = await query.execute();
  const page = rows.slice(0, filter.limit);
  const last = rows.length > filter.limit ? page.at(-1) : undefined;
  return { items: await viewAll(db, page), nextCursor: last ? writeCursor(last.opened_us, last.id) : null };
}

/** A case with its steps and signals, and whom the ledger says it was opened for; null when there is none with this id. */
export async function readCase(db: Database, id: string): Promise<{ view: CaseView; salt: string; openedFor: string } | null> {
  const row = isId(id) ? await selectCases(db).where('offboarding_case.id', '=', id).executeTakeFirst() : undefined;
  const [view] = row ? await viewAll(db, [row]) : [];
  return row && view ? { view, salt: row.salt, openedFor: row.opened_email ?? row.email } : null;
}

/** The state of a case, and nothing else; null when there is none with this id. */
export async function readState(db: Database, id: string): Promise<CaseState | null> {
  const row = await db.selectFrom('offboarding_case').select('state').where('id', '=', id).executeTakeFirst();
  return row ? z.enum(CASE_STATES).parse(row.state) : null;
}

function selectCases(db: Database) {
  return db
    .selectFrom('offboarding_case')
    .innerJoin('person', 'person.id', 'offboarding_case.person_id')
    .selectAll('offboarding_case')
    .select([
      'person.email',
      'person.name',
      'person.salt',
      sql<string>`(extract(epoch from opened_at) * 1000000)::bigint::text`.as('opened_us'),
    ]);
}

type CaseRow = Selectable<CaseTable> & { readonly email: string; readonly name: string | null };

async function viewAll(db: Database, rows: readonly CaseRow[]): Promise<CaseView[]> {
  const ids = rows.map((row) => row.id);
  const steps = await readSteps(db, ids);
  const signals = await readSignals(db, ids);
  return rows.map((row) =>
    viewCase({
      case: toCase(row),
      openedBy: row.opened_by,
      person: { email: row.email, name: row.name },
      steps: steps.get(row.id) ?? [],
      signals: signals.get(row.id) ?? [],
    }),
  );
}

async function readSignals(db: Database, caseIds: readonly string[]): Promise<Map<string, CaseSignalView[]>> {
  const rows =
    caseIds.length === 0
      ? []
      : await db
          .selectFrom('signal')
          .select(['id', 'case_id', 'connection', 'channel', 'kind', 'event_id', 'received_at'])
          .where('case_id', 'in', [...caseIds])
          .where('disposition', '<>', 'duplicate')
          .orderBy('received_at')
          .orderBy('id')
          .execute();
  const byCase = new Map<string, CaseSignalView[]>();
  for (const { case_id, received_at, event_id, ...rest } of rows) {
    const caseId = case_id ?? '';
    byCase.set(caseId, [...(byCase.get(caseId) ?? []), { ...rest, eventId: event_id, receivedAt: received_at.toISOString() }]);
  }
  return byCase;
}

/** The time in the cursor counts microseconds, as PostgreSQL does: a JavaScript date would lose them, and cases with them. */
function writeCursor(at: string, id: string): string {
  return Buffer.from(`${at}|${id}`, 'utf8').toString('base64url');
}

function readCursor(cursor: string): { at: string; id: string } {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  if (!isId(id) || !/^\d{1,16}$/.test(at)) {
    throw new LeaverError('invalid-request', 'The cursor is not one that Leaver gave out. Begin again without it.');
  }
  return { at, id };
}
