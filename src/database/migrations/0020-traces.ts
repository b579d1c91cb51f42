import { type Kysely, sql } from 'kysely';

const STATEMENTS = `
-- Where the work for a case belongs in a trace: the message that opened it, as W3C Trace Context writes it. Null when nothing was traced.
alter table offboarding_case add column traceparent text;
-- The notification that asked for the reading.
alter table entra_user add column traceparent text;
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(STATEMENTS).execute(db);
}
