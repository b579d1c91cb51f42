import { describeBody } from '../http/finish-description.ts';

/** What is read of the bodies that come in, for the description of the API; `docs/channels` says more of each. */

const text = { type: 'string' };
const list = (items: object) => ({ type: 'array', items });
const record = (properties: Record<string, object>, ...required: string[]) => ({ type: 'object', properties, required });

const oktaTarget = record({ id: text, type: text, alternateId: text, displayName: text }, 'id', 'type');
const oktaEvent = record({ uuid: text, eventType: text, published: text, target: list(oktaTarget) }, 'uuid', 'eventType');

export const oktaDelivery = describeBody({
  description: 'Events of the Okta System Log; more members may stand anywhere',
  contentType: 'application/json',
  schema: record({ data: record({ events: list(oktaEvent) }, 'events') }, 'data'),
  example: {
    eventType: 'com.okta.event_hook',
    data: {
      events: [
        {
          uuid: '3f1c5b8e-5d3a-11f0-9d7e-0b2a4c6e8f10',
          eventType: 'user.lifecycle.deactivate',
          published: '2026-03-02T17:00:00.000Z',
          target: [{ id: '00u1ada2lovelace3', type: 'User', alternateId: 'ada@example.com', displayName: 'Ada Lovelace' }],
        },
      ],
    },
  },
});

export const oktaRevocation = describeBody({
  description: 'Whom to log out, in one of the forms of RFC 9493',
  contentType: 'application/json',
  schema: record({ sub_id: record({ format: text, email: text, iss: text, sub: text }, 'format') }, 'sub_id'),
  example: { sub_id: { format: 'email', email: 'ada@example.com' } },
});

const graphItem = record(
  { subscriptionId: text, clientState: text, changeType: text, resource: text, lifecycleEvent: text },
  'subscriptionId',
);

export const graphNotifications = describeBody({
  description: 'Change and lifecycle notifications; the handshake (`validationToken`) has no body',
  contentType: 'application/json',
  schema: record({ value: list(graphItem), validationTokens: list(text) }, 'value'),
  example: {
    value: [
      {
        subscriptionId: '7f105c7d-2dc5-4530-97cd-4e7ae6534c07',
        clientState: 'the secret of graph.clientState',
        changeType: 'updated',
        resource: 'Users/5f8d3f0e-43a5-4a8d-9d2b-8d4e3f3c2b1a',
      },
    ],
  },
});

export const securityEventToken = describeBody({
  description: 'One security event token (RFC 8417), signed and in its compact form',
  contentType: 'application/secevent+jwt',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$' },
  example:
    'eyJ0eXAiOiJzZWNldmVudCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL3RyYW5zbWl0dGVyLmV4YW1wbGUuY29tIn0.c2lnbmF0dXJl',
});

export const webhookMessage = describeBody({
  description: 'A message of the HR system; `mapping` of the connection says where each fact stands, and this is its default',
  contentType: 'application/json',
  schema: record({ type: text, timestamp: text, data: record({ email: text, effectiveAt: text }, 'email') }, 'type', 'data'),
  example: {
    type: 'employee.terminated',
    timestamp: '2026-03-02T17:00:00Z',
    data: { email: 'ada@example.com', effectiveAt: '2026-03-31' },
  },
});

const schemas = list(text);

export const scimResource = describeBody({
  description: 'A user or a group, RFC 7643',
  contentType: 'application/scim+json',
  schema: record({ schemas, externalId: text, userName: text, displayName: text, active: { type: ['boolean', 'string'] } }),
  example: {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'ada@example.com',
    externalId: '00u1ada2lovelace3',
    active: true,
    emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
  },
});

const operation = record({ op: text, path: text, value: {} }, 'op');

export const scimPatch = describeBody({
  description: 'Changes, RFC 7644 section 3.5.2',
  contentType: 'application/scim+json',
  schema: record({ schemas, Operations: list(operation) }, 'Operations'),
  example: {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: false }],
  },
});
