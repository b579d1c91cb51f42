import type { JsonObject } from '../../kernel/json.ts';
import type { Attribute } from './attributes.ts';
import { MAX_RESULTS } from './list-query.ts';
import { RESOURCE_TYPES, type ResourceType, SCHEMAS, type Schema } from './schemas.ts';

const CONFIG_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';
const TYPE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const SCHEMA_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

/** What a client may expect of us, RFC 7643 section 5. */
export function serviceProviderConfig(base: string): JsonObject {
  return {
    schemas: [CONFIG_SCHEMA],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: MAX_RESULTS },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token of the connection, or one that Entra has signed, in the header Authorization',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

/** The kinds of resources there are, RFC 7643 section 6. */
export function resourceTypes(base: string): JsonObject[] {
  return RESOURCE_TYPES.map((type) => presentType(base, type));
}

function presentType(base: string, { name, endpoint, schema, extensions }: ResourceType): JsonObject {
  return {
    schemas: [TYPE_SCHEMA],
    id: name,
    name,
    endpoint: `/${endpoint}`,
    description: schema.description,
    schema: schema.id,
    schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  };
}

/** What resources are made of, RFC 7643 section 7. */
export function schemas(base: string): JsonObject[] {
  return SCHEMAS.map((schema) => presentSchema(base, schema));
}

function presentSchema(base: string, { id, name, description, attributes }: Schema): JsonObject {
  return {
    schemas: [SCHEMA_SCHEMA],
    id,
    name,
    description,
    attributes: attributes.map(presentAttribute),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  };
}

/** Entra's validator takes neither null nor members that say nothing about the type. */
function presentAttribute({ canonicalValues, referenceTypes, subAttributes, caseExact, uniqueness, type, ...rest }: Attribute): JsonObject {
  return {
    ...rest,
    type,
    ...(type !== 'boolean' && type !== 'complex' && { caseExact, uniqueness }),
    ...(canonicalValues.length > 0 && { canonicalValues }),
    ...(referenceTypes.length > 0 && { referenceTypes }),
    ...(subAttributes.length > 0 && { subAttributes: subAttributes.map(presentAttribute) }),
  };
}
