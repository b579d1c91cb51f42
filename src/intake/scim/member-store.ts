import { sql } from 'kysely';
import { type Database, postRows, type Tx } from '../../database/database.ts';
import type { Member } from './members.ts';

/** The members of groups, in the order in which they became members. */
export async function readMembers(db: Database, groupIds: readonly string[]): Promise<Map<string, Member[]>> {
  const rows = await db
    .selectFrom('scim_member')
    .select(['group_id', 'value', 'display', 'type'])
    .where('group_id', '=', sql<string>`any(${groupIds}::uuid[])`)
    .orderBy('place')
    .execute();
  return grouped(rows, (row) => [row.group_id, { value: row.value, display: row.display, type: row.type }]);
}

export interface GroupName {
  readonly id: string;
  readonly display: string;
}

/** The groups of users, by name. */
export async function readGroupsOf(db: Database, connection: string, userIds: readonly string[]): Promise<Map<string, GroupName[]>> {
  const { rows } = await sql<{ value: string; id: string; display: string | null }>`
    select scim_member.value, scim_resource.id, scim_resource.document->>'displayName' as display
    from scim_member join scim_resource on scim_resource.id = scim_member.group_id
    where scim_member.connection = ${connection} and scim_member.value = any(${userIds}::text[])
    order by scim_resource.place`.execute(db);
  return grouped(rows, ({ value, id, display }) => [value, { id, display: display ?? '' }]);
}

/** Changes who is in a group: those who go first, so that somebody may be in both lists. */
export async function changeMembers(
  tx: Tx,
  group: { readonly id: string; readonly connection: string },
  gone: readonly string[],
  added: readonly Member[],
): Promise<void> {
  if (gone.length > 0) {
    const values = sql<string>`any(${gone}::text[])`;
    await tx.sql.deleteFrom('scim_member').where('group_id', '=', group.id).where('value', '=', values).execute();
  }
  postRows(
    tx,
    'scim_member',
    added.map(({ value, display, type }) => ({ group_id: group.id, connection: group.connection, value, display, type })),
  );
}

function grouped<Row, Item>(rows: readonly Row[], entryOf: (row: Row) => readonly [string, Item]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const [key, item] of rows.map(entryOf)) {
    const group = groups.get(key);
    group ? group.push(item) : groups.set(key, [item]);
  }
  return groups;
}
