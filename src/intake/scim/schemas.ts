import { type Attribute, attribute, complex, findByName, plural } from './attributes.ts';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export interface Schema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

export interface ResourceType {
  readonly name: 'User' | 'Group';
  readonly endpoint: 'Users' | 'Groups';
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
  /** The attribute by which people know the resource: it is always there, and there is an index of it. */
  readonly nameAttribute: 'userName' | 'displayName';
}

const readOnly = { mutability: 'readOnly' } as const;
const reference = { type: 'reference', caseExact: true } as const;

/** What every resource has, RFC 7643 section 3.1. */
const COMMON: readonly Attribute[] = [
  attribute('schemas', 'The schemas of the resource', { type: 'reference', caseExact: true, multiValued: true, returned: 'always' }),
  attribute('id', 'The id that Leaver gave the resource', { ...readOnly, caseExact: true, returned: 'always', uniqueness: 'server' }),
  attribute('externalId', "The client's own id of the resource", { caseExact: true }),
  complex(
    'meta',
    'What Leaver keeps about the resource',
    [
      attribute('resourceType', 'User or Group', { ...readOnly, caseExact: true }),
      attribute('created', 'When it was made', { ...readOnly, type: 'dateTime' }),
      attribute('lastModified', 'When it was last changed', { ...readOnly, type: 'dateTime' }),
      attribute('location', 'Its address', { ...readOnly, ...reference }),
      attribute('version', 'Its ETag', { ...readOnly, caseExact: true }),
    ],
    readOnly,
  ),
];

const USER: Schema = {
  id: USER_SCHEMA,
  name: 'User',
  description: 'User Account',
  attributes: [
    attribute('userName', 'The name by which the user signs in', { required: true, uniqueness: 'server' }),
    complex('name', 'The parts of the name', [
      attribute('formatted', 'The whole name'),
      attribute('familyName', 'The family name'),
      attribute('givenName', 'The given name'),
      attribute('middleName', 'The middle name'),
      attribute('honorificPrefix', 'What stands before the name'),
      attribute('honorificSuffix', 'What stands behind the name'),
    ]),
    attribute('displayName', 'The name for people'),
    attribute('nickName', 'The casual name'),
    attribute('profileUrl', "The address of the user's profile", { ...reference, referenceTypes: ['external'] }),
    attribute('title', 'The title'),
    attribute('userType', 'What the user is to the organization'),
    attribute('preferredLanguage', 'The preferred language'),
    attribute('locale', 'The locale'),
    attribute('timezone', 'The time zone'),
    attribute('active', 'Whether the person is still here', { type: 'boolean' }),
    attribute('password', 'Taken, and kept nowhere', { mutability: 'writeOnly', returned: 'never', caseExact: true }),
    plural('emails', 'E-mail addresses', ['work', 'home', 'other']),
    plural('phoneNumbers', 'Telephone numbers', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    plural('ims', 'Instant messaging addresses', ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo']),
    plural('photos', 'Photos', ['photo', 'thumbnail'], { ...reference, referenceTypes: ['external'] }),
    complex(
      'addresses',
      'Postal addresses',
      [
        attribute('formatted', 'The whole address'),
        attribute('streetAddress', 'Street and number'),
        attribute('locality', 'City'),
        attribute('region', 'State or region'),
        attribute('postalCode', 'Postal code'),
        attribute('country', 'Country'),
        attribute('type', 'What the address is used for', { canonicalValues: ['work', 'home', 'other'] }),
        attribute('primary', 'Whether it is the preferred one', { type: 'boolean' }),
      ],
      { multiValued: true },
    ),
    complex(
      'groups',
      'The groups of which the user is a member',
      [
        attribute('value', 'The id of the group', { ...readOnly, caseExact: true }),
        attribute('$ref', 'The address of the group', { ...readOnly, ...reference, referenceTypes: ['Group'] }),
        attribute('display', 'The name of the group', readOnly),
        attribute('type', 'How the user is a member', { ...readOnly, canonicalValues: ['direct'] }),
      ],
      { ...readOnly, multiValued: true },
    ),
    plural('entitlements', 'Entitlements', []),
    plural('roles', 'Roles', []),
    plural('x509Certificates', 'Certificates', [], { type: 'binary', caseExact: true }),
  ],
};

const ENTERPRISE: Schema = {
  id: ENTERPRISE_SCHEMA,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'The number of the employee'),
    attribute('costCenter', 'The cost center'),
    attribute('organization', 'The organization'),
    attribute('division', 'The division'),
    attribute('department', 'The department'),
    complex('manager', "The user's manager", [
      attribute('value', 'The id of the manager', { caseExact: true }),
      attribute('$ref', 'The address of the manager', { ...reference, referenceTypes: ['User'] }),
      attribute('displayName', 'The name of the manager'),
    ]),
  ],
};

const GROUP: Schema = {
  id: GROUP_SCHEMA,
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute('displayName', 'The name of the group', { required: true }),
    complex(
      'members',
      'The members of the group',
      [
        attribute('value', 'The id of the member', { caseExact: true }),
        attribute('$ref', 'The address of the member', { ...reference, referenceTypes: ['User', 'Group'] }),
        attribute('type', 'User or Group', { canonicalValues: ['User', 'Group'] }),
        attribute('display', 'The name of the member'),
      ],
      { multiValued: true },
    ),
  ],
};

export const USERS: ResourceType = {
  name: 'User',
  endpoint: 'Users',
  schema: USER,
  extensions: [ENTERPRISE],
  nameAttribute: 'userName',
};

export const GROUPS: ResourceType = {
  name: 'Group',
  endpoint: 'Groups',
  schema: GROUP,
  extensions: [],
  nameAttribute: 'displayName',
};

export const RESOURCE_TYPES: readonly ResourceType[] = [USERS, GROUPS];
export const SCHEMAS: readonly Schema[] = [USER, ENTERPRISE, GROUP];

/** Where an attribute stands: `schema` is null for the resource itself, and the URN for what an extension adds. */
export interface Located {
  readonly schema: string | null;
  readonly attribute: Attribute;
}

/**
 * Finds an attribute by its bare name. Entra writes `manager` where the enterprise extension is meant, so a name that the core schema does not
 * know is looked for in the extensions.
 */
export function locate(type: ResourceType, name: string): Located | null {
  const core = findByName([...COMMON, ...type.schema.attributes], name);
  if (core) {
    return { schema: null, attribute: core };
  }
  for (const extension of type.extensions) {
    const found = findByName(extension.attributes, name);
    if (found) {
      return { schema: extension.id, attribute: found };
    }
  }
  return null;
}
