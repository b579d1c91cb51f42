import { z } from 'zod';
import type { HttpClient } from '../../outbound/outbound.ts';

export type SubscriptionClient = ReturnType<typeof createSubscriptionClient>;

const subscription = z.object({ id: z.string().min(1), expirationDateTime: z.string() });
const listed = z.object({ id: z.string().min(1), resource: z.string(), notificationUrl: z.string().nullish() });
const listPage = z.object({ value: z.array(listed), '@odata.nextLink': z.string().nullish() });

/** Of somebody who was removed there is no more than the id, whether for good or not. */
const changed = z.object({ id: z.string().min(1), accountEnabled: z.boolean().nullish() });
const deltaPage = z.object({ value: z.array(changed), '@odata.nextLink': z.string().nullish(), '@odata.deltaLink': z.string().nullish() });
export type ChangedUser = z.output<typeof changed>;

export interface NewSubscription {
  readonly changeType: string;
  readonly resource: string;
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string;
  readonly expirationDateTime: string;
  readonly clientState: string;
}

/** A place in a delta query: where to go on, or from where on the next one is to ask. */
export type DeltaPlace = { readonly $skiptoken: string } | { readonly $deltatoken: string };

/**
 * The calls of Microsoft Graph about subscriptions, and about what changed. It knows paths and shapes, not what they mean.
 *
 * @see https://learn.microsoft.com/graph/api/resources/subscription
 * @see https://learn.microsoft.com/graph/delta-query-users
 */
export function createSubscriptionClient(http: HttpClient) {
  const gone = z.unknown();
  return {
    create: ({ ...body }: NewSubscription, signal: AbortSignal) =>
      http.request({ method: 'POST', path: ['subscriptions'], body, repeatable: false, expect: { 201: subscription, 409: gone }, signal }),

    renew: (id: string, expirationDateTime: string, signal: AbortSignal) =>
      http.request({
        method: 'PATCH',
        path: ['subscriptions', id],
        body: { expirationDateTime },
        repeatable: true,
        expect: { 200: subscription, 404: gone },
        signal,
      }),

    remove: (id: string, signal: AbortSignal) =>
      http.request({ method: 'DELETE', path: ['subscriptions', id], repeatable: true, expect: { 204: gone, 404: gone }, signal }),

    /** Those of our application; there are only a few. */
    list: (signal: AbortSignal) => http.request({ method: 'GET', path: ['subscriptions'], expect: { 200: listPage }, signal }),

    /** One page of who changed. 410, and 400 in older copies: the place is too old to go on from. */
    delta: (place: DeltaPlace | null, signal: AbortSignal) =>
      http.request({
        method: 'GET',
        path: ['users', 'delta'],
        query: place ?? { $select: 'id,accountEnabled' },
        expect: { 200: deltaPage, 410: gone },
        signal,
      }),
  };
}

/** Where a page says to go on. Only the token of the link is used: the link itself could lead anywhere. */
export function placeAfter(page: z.output<typeof deltaPage>): { readonly next: DeltaPlace } | { readonly done: string } | null {
  const next = tokenIn(page['@odata.nextLink'], '$skiptoken');
  if (next !== null) return { next: { $skiptoken: next } };
  const done = tokenIn(page['@odata.deltaLink'], '$deltatoken');
  return done === null ? null : { done };
}

function tokenIn(link: string | null | undefined, name: string): string | null {
  return link && URL.canParse(link) ? new URL(link).searchParams.get(name) : null;
}
