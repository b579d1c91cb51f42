import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { send } from '../../../http/support/send.ts';
import { startService, type TestService, type TestServiceOptions } from '../../../support/service.ts';

export const SCIM_TOKEN = 'scim-token-of-the-tests';
const OLDER_TOKEN = 'older-scim-token-of-the-tests';
export const HOOK_SECRET = 'hook-secret-of-the-tests';

/** Of an answer, parsed; an object in any case. */
export type Body = Readonly<Record<string, unknown>>;

export interface ScimAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Body;
}

export interface Ask {
  /** A text goes as it stands. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: none. */
  readonly token?: string | null;
  readonly connection?: string;
}

export interface ScimService extends TestService {
  /** One request to a directory; `path` begins behind `/v2`. */
  scim(method: string, path: string, ask?: Ask): Promise<ScimAnswer>;
  baseOf(connection: string): string;
}

export const CONNECTIONS: readonly unknown[] = [
  { id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] }, scim: { tokens: [SCIM_TOKEN, OLDER_TOKEN] } },
  { id: 'entra-main', kind: 'entra', scim: { tokens: [SCIM_TOKEN] } },
  { id: 'okta-hook', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] } },
];

/** The whole service with a directory for an Okta and one for an Entra. */
export async function startScim(t: TestContext, options: TestServiceOptions = {}): Promise<ScimService> {
  const service = await startService(t, { ...options, config: { connections: CONNECTIONS, ...options.config } });
  const baseOf = (connection: string): string => `${service.url}/intake/scim/${connection}/v2`;
  const scim: ScimService['scim'] = async (method, where, { body, headers = {}, token = SCIM_TOKEN, connection = 'okta-main' } = {}) => {
    const own = {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...headers,
    };
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const url = `${baseOf(connection)}${where.replaceAll(' ', '%20').replaceAll('"', '%22')}`;
    const answer = await send(url, { method, headers: Object.entries(own), ...(text !== undefined && { body: text }) });
    return { status: answer.status, headers: answer.headers, body: answer.text === '' ? {} : (JSON.parse(answer.text) as Body) };
  };
  return { ...service, scim, baseOf };
}

/** A user with that name, made over SCIM; the id that it got. */
export async function makeUser(service: ScimService, userName: string, more: Body = {}, connection = 'okta-main'): Promise<string> {
  const { status, body } = await service.scim('POST', '/Users', { body: { userName, active: true, ...more }, connection });
  if (status !== 201) {
    throw new Error(`the user was not made: ${JSON.stringify(body)}`);
  }
  return String(body['id']);
}

/** One published request, with the published answer where there is one. */
export interface Fixture {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | null;
  readonly response?: { readonly status: number; readonly body: Body | null };
}

const FIXTURES = path.join(import.meta.dirname, '..', '..', '..', 'fixtures');

export async function fixture<T = Fixture>(folder: 'okta-scim' | 'entra-scim', name: string): Promise<T> {
  return JSON.parse(await readFile(path.join(FIXTURES, folder, `${name}.json`), 'utf8')) as T;
}

export async function fixtureNames(folder: 'okta-scim' | 'entra-scim'): Promise<string[]> {
  const files = await readdir(path.join(FIXTURES, folder));
  return files.flatMap((file) => (file.endsWith('.json') ? [file.replace(/\.json$/, '')] : []));
}

/** Sends what was published, to another id and with our token. */
export async function sendFixture(
  service: ScimService,
  { method, path: where, headers, body }: Fixture,
  { connection, id, bodyWith = {} }: { readonly connection: string; readonly id?: string; readonly bodyWith?: Body },
): Promise<ScimAnswer> {
  const own = where
    .replace(/^\/scim(?:\/v2)?/, '')
    .replace(/^(\/\w+)\/[^?]+/, (whole, endpoint: string) => (id ? `${endpoint}/${id}` : whole));
  const { Authorization: _placeholder, 'Accept-Encoding': _compressed, Connection: _kept, ...published } = headers;
  return await service.scim(method, own, { connection, headers: published, ...(body !== null && { body: { ...body, ...bodyWith } }) });
}
