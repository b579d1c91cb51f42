import { type Kysely, sql } from 'kysely';

const STATEMENTS = `
-- What was said of somebody, by whom and when: asked whenever a message says that they are back, or made anew.
create index signal_person on signal (person_id, connection, received_at);
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(STATEMENTS).execute(db);
}
