import { type CompiledQuery, sql } from 'kysely';
import { z } from 'zod';
import { type Database, postRows, type Tx } from '../database/database.ts';
import { LeaverError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { DISPOSITIONS, type Disposition, type Signal } from './signal.ts';

/** Spelled out, not given as a value: PostgreSQL recognises the condition of the index only so, also in a statement that it keeps parsed. */
const counts = sql<boolean>`signal.disposition <> 'duplicate'`;

const dispositionSchema = z.enum(DISPOSITIONS);

/** A signal with what became of it. */
export interface JudgedSignal {
  readonly id: string;
  readonly signal: Signal;
  readonly disposition: Disposition;
  readonly reason: string | null;
  readonly personId: string | null;
  readonly caseId: string | null;
}

export function eventKey(signal: Pick<Signal, 'connection' | 'eventId'>): string {
  return `${signal.connection} ${signal.eventId}`;
}

/** An event that was received before. */
export interface EventRow {
  readonly connection: string;
  readonly eventId: string;
}

/**
 * Which of the events were received before: their signals are stored, or were until they were pruned. Looked up one by one: as a join, PostgreSQL might
 * read all of a connection's events for it.
 */
export function knownEvents(db: Database, signals: readonly Signal[]): CompiledQuery<EventRow> {
  const connections = signals.map(({ connection }) => connection);
  const events = signals.map(({ eventId }) => eventId);
  return sql<EventRow>`
    select asked.connection, asked.event_id as "eventId" from unnest(${connections}::text[], ${events}::text[]) as asked(connection, event_id)
    cross join lateral (
      select 1 from signal where connection = asked.connection and event_id = asked.event_id and ${counts}
      union all
      select 1 from past_event where digest = event_digest(asked.connection, asked.event_id)
      limit 1) as known`.compile(db);
}

/** What became of an event when it was first received; null when it never was. */
export async function readDisposition(db: Database, connection: string, eventId: string): Promise<Disposition | null> {
  const { rows } = await sql<{ disposition: string }>`
    select disposition from signal where connection = ${connection} and event_id = ${eventId} and ${counts}
    union all
    select disposition from past_event where digest = event_digest(${connection}, ${eventId})`.execute(db);
  const [row] = rows;
  return row ? dispositionSchema.parse(row.disposition) : null;
}

/** Stores signals. When another transaction was first with the event of any of them, this one fails and is run again. */
export function insertSignals(tx: Tx, judged: readonly JudgedSignal[]): void {
  const rows = [...judged].sort(byEvent).map((one) => toRow(one, tx.now));
  postRows(tx, 'signal', rows);
}

/** In one order, so that two transactions with the same events never wait for each other crosswise. */
function byEvent(a: JudgedSignal, b: JudgedSignal): number {
  return eventKey(a.signal) < eventKey(b.signal) ? -1 : 1;
}

function toRow({ id, signal, disposition, reason, personId, caseId }: JudgedSignal, now: Date) {
  return {
    id,
    connection: signal.connection,
    channel: signal.channel,
    kind: signal.kind,
    event_id: signal.eventId,
    disposition,
    reason,
    person_id: personId,
    case_id: caseId,
    occurred_at: signal.occurredAt,
    received_at: now,
    is_return: signal.meaning === 'back',
    body_sha256: signal.bodySha256,
    verified_by: signal.verifiedBy,
  };
}

/** The latest moment at which each person was said to be back, by person id. */
export async function readReturns(tx: Tx, personIds: readonly string[]): Promise<Map<string, Date>> {
  return await readLatest(tx, personIds, true);
}

/** The latest moment at which each person was said to leave, by person id. A sender whose clock is fast tells of nothing that lies ahead. */
export async function readDepartures(tx: Tx, personIds: readonly string[]): Promise<Map<string, Date>> {
  return await readLatest(tx, personIds, false);
}

/** Of whom the last word of the connection was that they leave, among the people. */
export async function readGone(tx: Tx, personIds: readonly string[], connection: string): Promise<Set<string>> {
  if (personIds.length === 0) {
    return new Set();
  }
  const last = tx.sql
    .selectFrom('signal')
    .distinctOn('person_id')
    .select(['person_id', 'is_return'])
    .where('person_id', '=', sql<string>`any(${personIds}::uuid[])`)
    .where('connection', '=', connection)
    .where(counts)
    .orderBy('person_id')
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc');
  const rows = await tx.ask(last.compile());
  return new Set(rows.flatMap((row) => (row.person_id !== null && !row.is_return ? [row.person_id] : [])));
}

async function readLatest(tx: Tx, personIds: readonly string[], isReturn: boolean): Promise<Map<string, Date>> {
  if (personIds.length === 0) {
    return new Map();
  }
  const latest = tx.sql
    .selectFrom('signal')
    .select(['person_id', sql<Date | null>`max(least(occurred_at, received_at))`.as('at')])
    .where('person_id', '=', sql<string>`any(${personIds}::uuid[])`)
    .where(isReturn ? sql<boolean>`is_return` : sql<boolean>`not is_return`)
    .where(counts)
    .groupBy('person_id');
  const rows = await tx.ask(latest.compile());
  return new Map(rows.flatMap((row) => (row.person_id !== null && row.at !== null ? [[row.person_id, row.at] as const] : [])));
}

export interface SignalFilter {
  readonly connection?: string | undefined;
  readonly disposition?: Disposition | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface StoredSignal {
  readonly id: string;
  readonly connection: string;
  readonly channel: string;
  readonly kind: string;
  readonly eventId: string;
  readonly disposition: Disposition;
  readonly reason: string | null;
  readonly caseId: string | null;
  readonly occurredAt: string | null;
  readonly receivedAt: string;
  readonly verifiedBy: string;
}

/** A page of signals, newest first. */
export async function listSignals(db: Database, filter: SignalFilter): Promise<{ items: StoredSignal[]; nextCursor: string | null }> {
  let query = db
    .selectFrom('signal')
    .selectAll()
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (filter.connection !== undefined) {
    query = query.where('connection', '=', filter.connection);
  }
  if (filter.disposition !== undefined) {
    query = query.where('disposition', '=', filter.disposition);
  }
  if (filter.cursor !== undefined) {
    const last = await readCursor(db, filter.cursor);
    query = query.where(sql<boolean>`(received_at, id) < (select received_at, id from signal where id = ${last}::uuid)`);
  }
  const rows = await query.execute();
  const items = rows.slice(0, filter.limit).map((row) => ({
    id: row.id,
    connection: row.connection,
    channel: row.channel,
    kind: row.kind,
    eventId: row.event_id,
    disposition: dispositionSchema.parse(row.disposition),
    reason: row.reason,
    caseId: row.case_id,
    occurredAt: row.occurred_at?.toISOString() ?? null,
    receivedAt: row.received_at.toISOString(),
    verifiedBy: row.verified_by,
  }));
  return { items, nextCursor: rows.length > filter.limit ? (items.at(-1)?.id ?? null) : null };
}

/** The cursor of a page is the id of its last signal. */
async function readCursor(db: Database, cursor: string): Promise<string> {
  const row = isId(cursor) ? await db.selectFrom('signal').select('id').where('id', '=', cursor).executeTakeFirst() : undefined;
  if (!row) {
    throw new LeaverError('invalid-request', 'The cursor is not one that Leaver gave out. Begin again without it.');
  }
  return row.id;
}
