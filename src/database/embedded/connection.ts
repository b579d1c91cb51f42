import { Client, DatabaseError } from 'pg';
import { LeaverError } from '../../kernel/errors.ts';
import { SUPERUSER } from './cluster.ts';

const DATABASE = 'leaver';
const CONNECT_MS = 10_000;
const NO_SUCH_DATABASE = '3D000';

/**
 * The URL of the database in the running server, which is created if it is missing. Throws when the server does not take the
 * password, or works in another folder than `cluster`.
 */
export async function ensureDatabase(port: number, password: string, cluster: string): Promise<string> {
  const url = urlOf(port, password, DATABASE);
  let folder = await dataDirectoryAt(url);
  if (folder === undefined) {
    await withClient(urlOf(port, password, 'postgres'), (client) => client.query(`CREATE DATABASE ${DATABASE}`));
    folder = await dataDirectoryAt(url);
  }
  if (folder === cluster) return url;
  throw new LeaverError('database-unavailable', `The PostgreSQL that should work in ${cluster} works in ${folder}.`);
}

// PGSSLMODE in our environment, meant for some other server, must not reach this one.
function urlOf(port: number, password: string, database: string): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

async function dataDirectoryAt(url: string): Promise<string | undefined> {
  try {
    const { rows } = await withClient(url, (client) => client.query<{ data_directory: string }>('SHOW data_directory'));
    return rows[0]?.data_directory;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === NO_SUCH_DATABASE) return undefined;
    throw error;
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  // A connection that breaks makes the query fail, which says it all; without a listener it would also end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
