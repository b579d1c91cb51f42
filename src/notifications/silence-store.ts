import { sql } from 'kysely';
import type { Tx } from '../database/database.ts';

/** A signal is stored with the time at which its transaction began, and is seen when that has ended. */
const OVERLAP_SECONDS = 300;

export interface Heard {
  /** When the last signal of the connection was received; before the first one, since when it is listened to. */
  readonly heardAt: Date;
  /** The same, as of the silence that was told last. */
  readonly toldOf: Date | null;
}

/** When a connection was last heard of. Only signals since the last look are looked at. Keeps others out until the transaction ends. */
export async function listenTo(tx: Tx, connection: string): Promise<Heard> {
  await sql`insert into intake_watch (connection, heard_at, looked_at) values (${connection}, ${tx.now}, ${tx.now}) on conflict do nothing`.execute(
    tx.sql,
  );
  const { rows } = await sql<Heard>`
    update intake_watch set looked_at = ${tx.now}::timestamptz, heard_at = greatest(heard_at, (
      select max(received_at) from signal
      where signal.connection = intake_watch.connection and received_at > looked_at - make_interval(secs => ${OVERLAP_SECONDS})))
    where connection = ${connection}
    returning heard_at as "heardAt", told_of as "toldOf"`.execute(tx.sql);
  const [heard] = rows;
  return heard ?? { heardAt: tx.now, toldOf: null };
}

export function noteTold(tx: Tx, connection: string, heardAt: Date): void {
  tx.post(tx.sql.updateTable('intake_watch').set({ told_of: heardAt }).where('connection', '=', connection).compile());
}
