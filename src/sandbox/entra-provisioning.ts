import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../kernel/json.ts';
import { createScimClient, filtered, onlyId, patchOf, type ScimAnswer, type ScimClientOptions } from './scim-client.ts';

/** A person as Entra ID knows them. */
export interface EntraPerson {
  readonly userPrincipalName: string;
  /** The address; the userPrincipalName where there is none. */
  readonly mail?: string;
  readonly displayName?: string;
  /** What the mapping makes the externalId: the mailNickname by default, or the object id. */
  readonly externalId?: string;
}

/** How `active` is spelled: by default, with `?aadOptscim062020` behind the tenant URL, and with a mapping of the customer's own. */
export type EntraSpelling = 'False' | 'boolean' | 'false';

/**
 * An Entra ID that provisions an app over SCIM, request by request as its provisioning service sends them. What it would take for a failure is an error.
 *
 * @see https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
 */
export interface EntraProvisioning {
  /** Asks for a user that nobody can be: an empty list proves address and token. */
  testConnection(): Promise<boolean>;
  match(userPrincipalName: string): Promise<string | null>;
  create(person: EntraPerson): Promise<string>;
  /** One operation an attribute, as without the flag. */
  update(id: string, changes: Readonly<Record<string, Json>>): Promise<ScimAnswer>;
  /** All attributes in one operation without a path, as with the flag. */
  updateAtOnce(id: string, changes: JsonObject): Promise<ScimAnswer>;
  setManager(id: string, managerId: string): Promise<ScimAnswer>;
  /** Whether the manager is the one that was set, as Entra looks it up. */
  hasManager(id: string, managerId: string): Promise<boolean>;
  /** Disabled, out of scope, or unassigned: the app is told the same. */
  disable(id: string, spelling?: EntraSpelling): Promise<ScimAnswer>;
  enable(id: string): Promise<ScimAnswer>;
  /** Into the recycle bin, where Entra gives the user another name, so that this one is free: the app is told both at once. Answers with the other name. */
  softDelete(id: string, userPrincipalName: string, spelling?: EntraSpelling): Promise<string>;
  /** Out of the recycle bin, under the name from before. */
  restore(id: string, userPrincipalName: string): Promise<ScimAnswer>;
  /** Thirty days after the soft deletion. One that is gone already is as good. */
  delete(id: string): Promise<void>;
  /** Reads one user; null when there is none. */
  read(id: string): Promise<JsonObject | null>;
  createGroup(displayName: string): Promise<string>;
  addMember(groupId: string, userId: string): Promise<void>;
  /** Without the flag, the member to be removed stands in the value; with it, in the path. */
  removeMember(groupId: string, userId: string, form?: 'value' | 'path'): Promise<void>;
  close(): Promise<void>;
}

const USER_SCHEMAS = ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'];
const GROUP_SCHEMAS = [
  'urn:ietf:params:scim:schemas:core:2.0:Group',
  'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
];

export function createEntraProvisioning(options: ScimClientOptions): EntraProvisioning {
  const client = createScimClient(options, { accept: 'application/scim+json' });

  const match = async (userName: string): Promise<string | null> =>
    onlyId(await client.expect([200], 'GET', filtered('/Users', 'userName', userName)));
  const patchUser = async (id: string, ...operations: readonly JsonObject[]): Promise<ScimAnswer> =>
    await client.expect([200, 204], 'PATCH', `/Users/${id}`, patchOf(...operations));
  const patchGroup = async (id: string, operation: JsonObject): Promise<void> => {
    await client.expect([200, 204], 'PATCH', `/Groups/${id}`, patchOf(operation));
  };

  return {
    testConnection: async () => (await match(randomUUID())) === null,
    match,
    create: async (person) => String((await client.expect([201], 'POST', '/Users', describePerson(person))).body['id']),
    update: async (id, changes) => await patchUser(id, ...Object.entries(changes).map(([path, value]) => ({ op: 'Replace', path, value }))),
    updateAtOnce: async (id, changes) => await patchUser(id, { op: 'replace', value: changes }),
    setManager: async (id, managerId) => {
      const value = [{ $ref: `${options.baseUrl}/Users/${managerId}`, value: managerId }];
      return await patchUser(id, { op: 'Add', path: 'manager', value });
    },
    hasManager: async (id, managerId) => {
      const filter = encodeURIComponent(`id eq "${id}" and manager eq "${managerId}"`);
      return onlyId(await client.expect([200], 'GET', `/Users?filter=${filter}&attributes=id`)) === id;
    },
    disable: async (id, spelling = 'False') => await patchUser(id, switchOf(spelling)),
    enable: async (id) => await patchUser(id, ON),
    softDelete: async (id, userPrincipalName, spelling = 'False') => {
      const name = `${randomUUID().replaceAll('-', '')}${userPrincipalName}`;
      await patchUser(id, switchOf(spelling), renameTo(name));
      return name;
    },
    restore: async (id, userPrincipalName) => await patchUser(id, ON, renameTo(userPrincipalName)),
    delete: async (id) => {
      await client.expect([204, 404], 'DELETE', `/Users/${id}`);
    },
    read: async (id) => {
      const { status, body } = await client.expect([200, 404], 'GET', `/Users/${id}`);
      return status === 200 ? body : null;
    },
    createGroup: async (displayName) => {
      const known = onlyId(
        await client.expect([200], 'GET', filtered('/Groups', 'displayName', displayName, '&excludedAttributes=members')),
      );
      const body = { schemas: GROUP_SCHEMAS, externalId: randomUUID(), displayName, meta: { resourceType: 'Group' } };
      return known ?? String((await client.expect([201], 'POST', '/Groups', body)).body['id']);
    },
    addMember: async (groupId, userId) => await patchGroup(groupId, { op: 'Add', path: 'members', value: [{ $ref: null, value: userId }] }),
    removeMember: async (groupId, userId, form = 'value') =>
      await patchGroup(
        groupId,
        form === 'value'
          ? { op: 'Remove', path: 'members', value: [{ $ref: null, value: userId }] }
          : { op: 'remove', path: `members[value eq "${userId}"]` },
      ),
    close: client.close,
  };
}

const ON: JsonObject = { op: 'Replace', path: 'active', value: 'True' };

function renameTo(userName: string): JsonObject {
  return { op: 'Replace', path: 'userName', value: userName };
}

function switchOf(spelling: EntraSpelling): JsonObject {
  return spelling === 'boolean' ? { op: 'replace', path: 'active', value: false } : { op: 'Replace', path: 'active', value: spelling };
}

function describePerson({ userPrincipalName, mail = userPrincipalName, displayName = mail, externalId }: EntraPerson): JsonObject {
  const [givenName = '', ...rest] = displayName.split(' ');
  return {
    schemas: USER_SCHEMAS,
    externalId: externalId ?? userPrincipalName.split('@')[0] ?? '',
    userName: userPrincipalName,
    active: true,
    displayName,
    emails: [{ primary: true, type: 'work', value: mail }],
    meta: { resourceType: 'User' },
    name: { formatted: displayName, givenName, familyName: rest.join(' ') },
    roles: [],
  };
}
