import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../kernel/json.ts';

/** A person as Okta knows them. */
export interface OktaUser {
  /** `00u` and 17 characters. */
  readonly id: string;
  /** The login, as a rule the e-mail address. */
  readonly login: string;
  readonly displayName?: string;
}

export type OktaEventType =
  | 'user.lifecycle.deactivate'
  | 'user.lifecycle.suspend'
  | 'user.lifecycle.unsuspend'
  | 'user.lifecycle.reactivate'
  | 'user.lifecycle.delete.initiated'
  | 'application.user_membership.remove'
  | (string & {});

/** One element of a delivery's `data.events`. Its members can be overridden at will. */
export type OktaEvent = JsonObject;

const TITLES: Readonly<Record<string, string>> = {
  'user.lifecycle.deactivate': 'User deactivated',
  'user.lifecycle.suspend': 'User suspended',
  'user.lifecycle.unsuspend': 'User unsuspended',
  'user.lifecycle.reactivate': 'User reactivated',
  'user.lifecycle.delete.initiated': 'User deletion started',
  'application.user_membership.remove': 'User removed from application',
};

const LEGACY_TYPES: Readonly<Record<string, string>> = {
  'user.lifecycle.deactivate': 'core.user.config.user_deactivated',
  'user.lifecycle.suspend': 'core.user.config.user_status.suspended',
};

const ADMIN: OktaUser = { id: '00uSandboxAdmin00001', login: 'admin@example.com', displayName: 'Directory Admin' };

/** A System Log event about the user, complete with the members that a receiver must skip over. */
export function oktaEvent(eventType: OktaEventType, user: OktaUser, overrides: JsonObject = {}): OktaEvent {
  const requestId = randomUUID();
  const requestUri = `/api/v1/users/${user.id}/lifecycle/${eventType.split('.').at(2) ?? ''}`;
  return {
    uuid: randomUUID(),
    published: new Date().toISOString(),
    eventType,
    version: '0',
    displayMessage: TITLES[eventType] ?? eventType,
    severity: 'INFO',
    legacyEventType: LEGACY_TYPES[eventType] ?? null,
    actor: entity('User', ADMIN),
    client: CLIENT,
    device: null,
    outcome: { result: 'SUCCESS', reason: null },
    target: [entity('User', user)],
    transaction: { type: 'WEB', id: requestId, detail: {} },
    debugContext: { debugData: { requestId, requestUri, url: `${requestUri}?` } },
    authenticationContext: AUTHENTICATION,
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    request: { ipChain: [{ ip: CLIENT.ipAddress, geographicalContext: PLACE, version: 'V4', source: null }] },
    insertionTimestamp: null,
    ...overrides,
  };
}

/** The event that tells of one application taken away: three targets, of which only the last is the person. */
export function applicationRemoval(user: OktaUser, application: string): OktaEvent {
  const target: Json = [
    { ...entity('AppUser', user), id: `0ua${user.id.slice(3)}`, alternateId: 'unknown' },
    { ...entity('AppInstance', user), id: '0oaapplication000001', alternateId: application, displayName: application },
    entity('User', user),
  ];
  return oktaEvent('application.user_membership.remove', user, { target, transaction: { type: 'JOB', id: randomUUID(), detail: {} } });
}

/** The envelope around the events of one delivery. */
export function oktaDelivery(events: readonly OktaEvent[], eventId: string, source: string): JsonObject {
  return {
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source,
    eventId,
    data: { events },
    eventTime: new Date().toISOString(),
    contentType: 'application/json',
  };
}

const PLACE = { city: 'Lisbon', state: 'Lisbon', country: 'Portugal', postalCode: '1000-001', geolocation: { lat: 38.72, lon: -9.14 } };

const CLIENT = {
  userAgent: { rawUserAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', os: 'Linux', browser: 'FIREFOX' },
  // Okta writes the word where it means that there is no zone.
  zone: 'null',
  device: 'Computer',
  id: null,
  ipAddress: '192.0.2.17',
  geographicalContext: PLACE,
};

const AUTHENTICATION = {
  authenticationProvider: null,
  credentialProvider: null,
  credentialType: null,
  issuer: null,
  interface: null,
  authenticationStep: 0,
  externalSessionId: 'trsSandboxSession0000001',
};

function entity(type: string, { id, login, displayName = login }: OktaUser) {
  return { id, type, alternateId: login, displayName, detailEntry: null };
}
