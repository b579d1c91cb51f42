import pg from 'pg';

/** Runs one statement on a connection of its own. */
export async function rows<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return await withConnection(databaseUrl, async (client) => (await client.query<Row>(statement, [...values])).rows);
}

/** Lends a connection for as long as `work` runs. */
export async function withConnection<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** How many rows each of the tables has. */
export async function countRows<Table extends string>(databaseUrl: string, ...tables: Table[]): Promise<Record<Table, number>> {
  const counts = tables.map((table) => `(select count(*)::int from ${table}) as "${table}"`);
  const [row] = await rows<Record<Table, number>>(databaseUrl, `select ${counts.join(', ')}`);
  if (!row) {
    throw new Error('PostgreSQL counted nothing');
  }
  return row;
}
