import { type Kysely, sql } from 'kysely';

const STATEMENTS = `
-- Whose account is leaving as well is asked at every hand-over, of every open case.
create index step_resolved on step (case_id, target) where phase = 'resolve';
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(STATEMENTS).execute(db);
}
