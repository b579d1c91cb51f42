import { type Kysely, sql } from 'kysely';

/**
 * Lets a statement insist on the number of rows it changed without its writer waiting for the answer: with any other number, the transaction fails
 * as one that another writer was faster than (SQLSTATE 40001), and may be run again.
 */
const EXPECT_ROWS = `
create function leaver_expect_rows(changed bigint, expected bigint) returns void language plpgsql as $$
begin
  if changed <> expected then
    raise exception 'a row was changed by another writer in the meantime; nothing is written' using errcode = 'serialization_failure';
  end if;
end $$;
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(EXPECT_ROWS).execute(db);
}
