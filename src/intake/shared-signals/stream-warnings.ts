import { shown } from '../../tokens/tokens.ts';
import type { Metadata } from './discovery.ts';
import { shortName } from './events.ts';
import { type Stream, type StreamWish, wantedTypes } from './stream.ts';

/** What does not fit between a connection and the stream that it got, and what to do about it, for people. */
export function warningsOf(wish: StreamWish, metadata: Metadata, stream: Stream): string[] {
  const { issuer, audience, jwksUri, delivery } = wish;
  const audiences = [stream.aud ?? []].flat();
  const pollUrl = stream.delivery?.endpoint_url;
  const missing = stream.events_delivered && wantedTypes(wish.meanings).filter((type) => !stream.events_delivered?.includes(type));
  const critical = (metadata.critical_subject_members ?? []).filter((name) => name !== 'user');
  return [
    ...(audiences.length > 0 && !audiences.includes(audience)
      ? [
          `Its tokens are made for ${audiences.join(' and ')}: write one of these as the audience of the connection, or every token is refused.`,
        ]
      : []),
    ...(stream.iss !== undefined && stream.iss !== issuer
      ? [`Its tokens are issued by ${stream.iss}: write that as the issuer of the connection, or every token is refused.`]
      : []),
    ...(metadata.jwks_uri !== undefined && metadata.jwks_uri !== jwksUri
      ? [`Its keys are at ${metadata.jwks_uri}, and the connection names ${jwksUri}. Check jwksUri.`]
      : []),
    ...(delivery.method === 'poll' && pollUrl && pollUrl !== delivery.url
      ? [`It is polled at ${pollUrl}: write that as poll.url of the connection, and restart Leaver.`]
      : []),
    ...(metadata.default_subjects === 'NONE' ? ['It tells of nobody until it is told of whom: add the people there.'] : []),
    ...(critical.length > 0
      ? [
          `It calls ${critical.map(shown).join(' and ')} critical: an event whose subject has that is recorded and ignored, as Leaver knows people only. Have it send events whose subject is the user alone.`,
        ]
      : []),
    ...(missing?.length ? [`It does not send ${missing.map(shortName).join(', ')}.`] : []),
    ...(isOkta(metadata) && stream.events_delivered?.some((type) => shortName(type) === 'session-revoked')
      ? [
          'Okta sends session-revoked whenever somebody signs out and does not say who ended the session, so these events are recorded and ignored; take departures from its event hook or SCIM.',
        ]
      : []),
  ];
}

/** @see https://developer.okta.com/docs/reference/ssf-transmitter-sets/ */
function isOkta({ configuration_endpoint: endpoint }: Metadata): boolean {
  return new URL(endpoint).pathname === '/api/v1/ssf/stream';
}
