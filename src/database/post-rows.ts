import { type Insertable, type SelectType, sql } from 'kysely';
import type { Schema } from './schema.ts';
import type { Tx } from './transaction.ts';

/** A row to be inserted. Documents (`jsonb`) go in as they are, not as text. */
export type NewRow<Table extends keyof Schema> = {
  readonly [Column in keyof Insertable<Schema[Table]>]: Column extends keyof Schema[Table] ? SelectType<Schema[Table][Column]> : never;
};

/**
 * Posts an insert of any number of rows, in their order. A row that is there already, by whichever unique key, was stored by another transaction in
 * this very moment: then this one fails and is run again.
 *
 * The statement is the same for all numbers of rows, so PostgreSQL parses it once a connection, and its limit of 65,535 values does not apply. All
 * rows have the columns of the first.
 */
export function postRows<Table extends keyof Schema & string>(tx: Tx, table: Table, rows: readonly NewRow<Table>[]): void {
  if (rows.length === 0) {
    return;
  }
  const names = sql.join(Object.keys(rows[0] ?? {}).map((column) => sql.ref(column)));
  const insert = sql`
    with given as (select * from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)),
      added as (insert into ${sql.table(table)} (${names}) select ${names} from given on conflict do nothing returning 1)
    select leaver_expect_rows((select count(*) from added), ${rows.length}::bigint)`;
  tx.post(insert.compile(tx.sql));
}
