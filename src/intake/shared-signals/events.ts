import { shown } from '../../tokens/tokens.ts';
import type { Meaning } from '../signal.ts';

/** What an event says, or that nobody may be told by it: then it is recorded as unresolved. */
export interface EventMeaning {
  readonly meaning: Meaning | 'nobody';
  /** Why it is ignored or names nobody, for people. */
  readonly note: string | null;
}

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';
const SCIM = 'urn:ietf:params:scim:event:';

/** Security events by which somebody leaves, is locked out or comes back; any other is recorded and ignored. */
export const SET_MEANINGS: Readonly<Record<string, Meaning>> = {
  [`${RISC}account-disabled`]: 'offboard',
  [`${RISC}account-purged`]: 'offboard',
  [`${RISC}account-enabled`]: 'back',
  [`${RISC}credential-compromise`]: 'contain',
  [`${RISC}sessions-revoked`]: 'contain',
  [`${CAEP}session-revoked`]: 'contain',
  [`${SCIM}prov:deactivate`]: 'offboard',
  [`${SCIM}prov:delete`]: 'offboard',
  [`${SCIM}prov:activate`]: 'back',
};

/** Its subject is the old address, and its member `new-value` the new one. */
export const IDENTIFIER_CHANGED = `${RISC}identifier-changed`;

/** An event of these is never acted on, whatever the operator's table says: it is about an address, and may mean somebody else by now. */
const ABOUT_AN_ADDRESS: Readonly<Record<string, EventMeaning>> = {
  [IDENTIFIER_CHANGED]: { meaning: 'ignore', note: 'the address or number of the person changed; that is no departure' },
  [`${RISC}identifier-recycled`]: { meaning: 'nobody', note: 'the address or number belongs to somebody else now; nobody is told by it' },
};

/** The transmitter pauses, stops or resumes the stream. */
export const STREAM_UPDATED = `${SSF}stream-updated`;
const VERIFICATION = `${SSF}verification`;

/** A logout token (OpenID Connect Back-Channel Logout 1.0) looks like a security event token, and is none. */
export const BACKCHANNEL_LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

/** The name of an event type as it stands in RFC 9967, whose drafts spelled it in other ways; any other name as it is. */
export function eventType(uri: string): string {
  const scim = /^urn:ietf:params:(?:scim:event|event:scim):(.+)$/i.exec(uri)?.[1];
  return scim === undefined ? uri : `${SCIM}${scim.toLowerCase()}`;
}

/** The part of an event's name by which people know it: `account-disabled`, `prov:delete`. */
export function shortName(type: string): string {
  return type.startsWith(SCIM) ? type.slice(SCIM.length) : type.slice(type.lastIndexOf('/') + 1);
}

/**
 * What an event means for us.
 *
 * @param event its members, as the transmitter sent them
 * @param overrides meanings that the operator gave to event types, by their URI or its last part, above our own table
 */
export function meaningOf(
  uri: string,
  event: Readonly<Record<string, unknown>>,
  overrides: Readonly<Record<string, Meaning>>,
): EventMeaning {
  const type = eventType(uri);
  const fixed = Object.hasOwn(ABOUT_AN_ADDRESS, type) ? ABOUT_AN_ADDRESS[type] : aboutTheStream(type, event);
  if (fixed) {
    return fixed;
  }
  const key = [uri, type, shortName(type)].find((name) => Object.hasOwn(overrides, name));
  const told = key === undefined ? undefined : overrides[key];
  return told === undefined ? ownMeaning(type, event) : { meaning: told, note: told === 'ignore' ? NO_DEPARTURE : null };
}

const NO_DEPARTURE = 'not an event by which somebody leaves';

function ownMeaning(type: string, event: Readonly<Record<string, unknown>>): EventMeaning {
  const meaning = (Object.hasOwn(SET_MEANINGS, type) ? SET_MEANINGS[type] : undefined) ?? 'ignore';
  if (meaning === 'ignore') {
    return { meaning, note: NO_DEPARTURE };
  }
  // Disabled for a reason (hijacked, made in bulk) is not gone: locked out will do until somebody says more.
  if (type === `${RISC}account-disabled` && event['reason'] !== undefined && event['reason'] !== null) {
    return { meaning: 'contain', note: null };
  }
  if (type === `${CAEP}session-revoked`) {
    return whoEnded(event) ?? { meaning, note: null };
  }
  return { meaning, note: null };
}

/** Ending one's own session is no departure. Transmitters of the older form, Okta among them, tell of every sign-out and not who ended the session. */
function whoEnded({ initiating_entity: entity, subject }: Readonly<Record<string, unknown>>): EventMeaning | null {
  if (entity === 'user') {
    return { meaning: 'ignore', note: 'the person ended the session, and nobody else' };
  }
  const isUntold = entity === undefined && subject !== undefined;
  return isUntold ? { meaning: 'ignore', note: 'who ended the session is not told; the person may just have signed out' } : null;
}

function aboutTheStream(type: string, event: Readonly<Record<string, unknown>>): EventMeaning | null {
  const { state, status, reason } = event;
  switch (type) {
    case VERIFICATION:
      return { meaning: 'ignore', note: `the stream was verified${state === undefined ? '' : ` (state ${shown(state)})`}` };
    case STREAM_UPDATED:
      return { meaning: 'ignore', note: `the stream is ${shown(status)} now${reason === undefined ? '' : ` (${shown(reason)})`}` };
    default:
      return null;
  }
}

/** Every event type that means something here by itself: what is asked of a transmitter when a stream is made. */
export const MEANT_TYPES: readonly string[] = Object.keys(SET_MEANINGS);
