import { type Insertable, type SelectType, sql } from 'kysely';
import type { Schema } from './schema.ts';
import type { Tx } from './transaction.ts';

/** A row to be inserted. Documents (`jsonb`) go in as they are, not as text. */
export type NewRow<Table extends keyof Schema> = {
  readonly [Column in keyof Insertable<Schema[Table]>]: Column extends keyof Schema[Table] ? SelectType<Schema[Table][Column]> : never;
};

/**
 * Inserts any number of rows, in their order, with a statement that is the same for all numbers: PostgreSQL parses it once a connection, and its
 * limit of 65,535 values does not apply. All rows have the columns of the first.
 */
export function insertRows<Table extends keyof Schema & string>(tx: Tx, table: Table, rows: readonly NewRow<Table>[]) {
  const columns = Object.keys(rows[0] ?? {}) as (keyof Schema[Table] & string)[];
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const given = sql`json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`;
  return tx.sql.insertInto(table).columns(columns).expression(sql`select ${names} from ${given}`);
}
