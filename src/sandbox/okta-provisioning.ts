import type { JsonObject } from '../kernel/json.ts';
import type { OktaUser } from './okta-event.ts';
import { createScimClient, filtered, onlyId, patchOf, type ScimAnswer, type ScimClientOptions } from './scim-client.ts';

/** Templates of the integration network write PATCH; apps made in the wizard write PUT, and cannot be told otherwise. */
export type OktaVerb = 'patch' | 'put';

/**
 * An Okta that provisions an app over SCIM, request by request as Okta sends them. What Okta would take for a failure is an error here.
 *
 * @see https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/
 */
export interface OktaProvisioning {
  /** Looks for the user, and makes the one there is none of, or updates the one there is. Answers with the id that the app gave. */
  assign(user: OktaUser): Promise<string>;
  /** Reads the user and writes the whole of it with these changes. */
  update(id: string, changes: JsonObject): Promise<ScimAnswer>;
  /** Deactivated in Okta or unassigned from the app: the app is told the same. */
  deactivate(id: string, verb: OktaVerb): Promise<ScimAnswer>;
  reactivate(id: string, verb: OktaVerb): Promise<ScimAnswer>;
  /** Only with granular deprovisioning. */
  delete(id: string): Promise<void>;
  /** Reads every user, page by page. */
  importUsers(pageSize?: number): Promise<JsonObject[]>;
  /** Pushes a group: finds or makes it. */
  pushGroup(name: string): Promise<string>;
  changeMembers(groupId: string, change: { readonly remove?: string; readonly add?: string }): Promise<void>;
  deleteGroup(groupId: string): Promise<void>;
  close(): Promise<void>;
}

const HEADERS = {
  'user-agent': 'Okta SCIM Client 1.0.0',
  accept: 'application/scim+json',
  'accept-charset': 'utf-8',
};
const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PAGE = '&startIndex=1&count=100';

export function createOktaProvisioning(options: ScimClientOptions): OktaProvisioning {
  const client = createScimClient(options, HEADERS);

  const update: OktaProvisioning['update'] = async (id, changes) => {
    const { body } = await client.expect([200], 'GET', `/Users/${id}`);
    return await client.expect([200], 'PUT', `/Users/${id}`, { ...body, ...changes });
  };
  const setActive = async (id: string, verb: OktaVerb, active: boolean): Promise<ScimAnswer> =>
    verb === 'put'
      ? await update(id, { active })
      : await client.expect([200, 204], 'PATCH', `/Users/${id}`, patchOf({ op: 'replace', value: { active } }));

  return {
    assign: async (user) => {
      const known = onlyId(await client.expect([200], 'GET', filtered('/Users', 'userName', user.login, PAGE)));
      if (known !== null) {
        await update(known, describeUser(user));
        return known;
      }
      const body = { schemas: [USER_SCHEMA], ...describeUser(user), groups: [], password: '1mz050nq' };
      return String((await client.expect([201], 'POST', '/Users', body)).body['id']);
    },
    update,
    deactivate: async (id, verb) => await setActive(id, verb, false),
    reactivate: async (id, verb) => await setActive(id, verb, true),
    delete: async (id) => {
      await client.expect([204], 'DELETE', `/Users/${id}`);
    },
    importUsers: async (pageSize = 100) => {
      const users: JsonObject[] = [];
      for (;;) {
        const { body } = await client.expect([200], 'GET', `/Users?startIndex=${users.length + 1}&count=${pageSize}`);
        const page = body['Resources'] as readonly JsonObject[];
        users.push(...page);
        if (page.length === 0 || users.length >= Number(body['totalResults'])) {
          return users;
        }
      }
    },
    pushGroup: async (name) => {
      const known = onlyId(await client.expect([200], 'GET', filtered('/Groups', 'displayName', name, PAGE)));
      const body = { schemas: [GROUP_SCHEMA], displayName: name, members: [] };
      return known ?? String((await client.expect([201], 'POST', '/Groups', body)).body['id']);
    },
    changeMembers: async (groupId, { remove, add }) => {
      const operations = [
        ...(remove === undefined ? [] : [{ op: 'remove', path: `members[value eq "${remove}"]` }]),
        ...(add === undefined ? [] : [{ op: 'add', path: 'members', value: [{ value: add }] }]),
      ];
      await client.expect([200, 204], 'PATCH', `/Groups/${groupId}`, patchOf(...operations));
    },
    deleteGroup: async (groupId) => {
      await client.expect([204], 'DELETE', `/Groups/${groupId}`);
    },
    close: client.close,
  };
}

function describeUser({ id, login, displayName = login }: OktaUser): JsonObject {
  const [givenName = '', ...rest] = displayName.split(' ');
  return {
    userName: login,
    name: { givenName, familyName: rest.join(' ') },
    emails: [{ primary: true, value: login, type: 'work' }],
    displayName,
    locale: 'en-US',
    externalId: id,
    active: true,
  };
}
