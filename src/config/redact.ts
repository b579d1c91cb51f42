import { stringify } from 'yaml';
import { REDACTED, type Secret } from '../kernel/secret.ts';
import type { Config } from './schema.ts';

/** The configuration as YAML, with its defaults filled in and every secret taken out; of the database's URL the password only. */
export function renderRedacted(config: Config): string {
  const { url } = config.database;
  const shown: unknown = JSON.parse(
    JSON.stringify({ ...config, database: { ...config.database, url: url === null ? '' : redactUrl(url) } }),
  );
  return stringify(shown, { lineWidth: 0 });
}

/** Built anew from the parts that are no secret, so that nothing unforeseen stays in it. */
function redactUrl(secret: Secret): string {
  const { protocol, username, password, host, pathname, searchParams } = new URL(secret.reveal());
  const user = password === '' ? username : `${username}:${REDACTED}`;
  const query = [...searchParams].map(([name, value]) => `${name}=${isPublic(name) ? value : REDACTED}`).join('&');
  return `${protocol}//${user === '' ? '' : `${user}@`}${host}${pathname}${query === '' ? '' : `?${query}`}`;
}

const PUBLIC_PARAMETERS = new Set([
  'sslmode',
  'host',
  'port',
  'dbname',
  'user',
  'application_name',
  'connect_timeout',
  'options',
  'search_path',
]);

const isPublic = (parameter: string): boolean => PUBLIC_PARAMETERS.has(parameter.toLowerCase());
