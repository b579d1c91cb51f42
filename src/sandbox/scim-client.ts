import { Agent, request } from 'undici';
import type { JsonObject } from '../kernel/json.ts';

export interface ScimClientOptions {
  /** The address of the directory, up to and with `/v2`. */
  readonly baseUrl: string;
  /** A function makes the token of each request. */
  readonly token: string | (() => Promise<string>);
}

export interface ScimAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty where the answer has no body. */
  readonly body: JsonObject;
}

/** Speaks SCIM over HTTP, and knows nothing of whom it speaks for. */
export interface ScimClient {
  call(method: string, path: string, body?: JsonObject): Promise<ScimAnswer>;
  /** The same, and an error unless the answer has one of the statuses. */
  expect(statuses: readonly number[], method: string, path: string, body?: JsonObject): Promise<ScimAnswer>;
  close(): Promise<void>;
}

/** @param headers those by which the client is known, beside the token */
export function createScimClient({ baseUrl, token }: ScimClientOptions, headers: Readonly<Record<string, string>>): ScimClient {
  const agent = new Agent();
  const call: ScimClient['call'] = async (method, path, body) => {
    const type = body === undefined ? {} : { 'content-type': 'application/scim+json; charset=utf-8' };
    const bearer = typeof token === 'string' ? token : await token();
    const answer = await request(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...headers, ...type },
      body: body === undefined ? null : JSON.stringify(body),
      dispatcher: agent,
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, body: text === '' ? {} : (JSON.parse(text) as JsonObject) };
  };
  return {
    call,
    expect: async (statuses, method, path, body) => {
      const answer = await call(method, path, body);
      if (!statuses.includes(answer.status)) {
        throw new Error(`${method} ${path} was answered ${answer.status}: ${String(answer.body['detail'] ?? JSON.stringify(answer.body))}`);
      }
      return answer;
    },
    close: async () => await agent.destroy(),
  };
}

export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The body of a PATCH. */
export function patchOf(...operations: readonly JsonObject[]): JsonObject {
  return { schemas: [PATCH_OP], Operations: operations };
}

/** The path of a list whose filter compares one attribute with a text. */
export function filtered(endpoint: string, attribute: string, value: string, rest = ''): string {
  return `${endpoint}?filter=${encodeURIComponent(`${attribute} eq ${JSON.stringify(value)}`)}${rest}`;
}

/** The id of the one resource of a list; null when there is none. */
export function onlyId({ body }: ScimAnswer): string | null {
  const [found] = (body['Resources'] ?? []) as readonly JsonObject[];
  return found ? String(found['id']) : null;
}
