import { z } from 'zod';
import { LeaverError } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';

/** What Graph says about a subscription itself. */
export const LIFECYCLE_EVENTS = ['reauthorizationRequired', 'subscriptionRemoved', 'missed'] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

/** What one item of a notification is about; `other` is nothing that concerns us, and `note` says why. */
export type Content =
  | { readonly about: 'user'; readonly change: 'updated' | 'deleted'; readonly userId: string }
  | { readonly about: 'subscription'; readonly event: LifecycleEvent }
  | { readonly about: 'other'; readonly kind: string; readonly note: string };

/** One item, of which nothing is believed yet. */
export interface Item {
  readonly id: string | null;
  readonly subscriptionId: string | null;
  readonly expires: string | null;
  readonly clientState: string | null;
  readonly tenantId: string | null;
  readonly occurredAt: Date | null;
  readonly content: Content;
}

export interface Delivery {
  readonly items: readonly Item[];
  readonly validationTokens: readonly string[];
}

const identifier = z.string().min(1).max(200).refine(isStorable).nullish().catch(null);

/** Only what is used: the rest, and the spelling of the rest, varies from one resource to the other. */
const itemSchema = z.object({
  id: identifier,
  subscriptionId: identifier,
  subscriptionExpirationDateTime: identifier,
  clientState: z.string().nullish().catch(null),
  changeType: identifier,
  lifecycleEvent: identifier,
  resource: identifier,
  tenantId: identifier,
  organizationId: identifier,
  resourceData: z.object({ id: identifier, eventTime: identifier }).nullish().catch(null),
});
type RawItem = z.infer<typeof itemSchema>;

const MOST_ITEMS = 1_000;
const deliverySchema = z.object({
  value: z.array(itemSchema).max(MOST_ITEMS),
  validationTokens: z.array(z.string()).max(100).nullish(),
});

/**
 * Reads a change notification, or a lifecycle notification, of Microsoft Graph.
 *
 * @see https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 * @throws LeaverError `invalid-request` when the body is none
 */
export function parseNotifications(body: unknown): Delivery {
  const delivery = deliverySchema.safeParse(body);
  if (!delivery.success) {
    throw new LeaverError(
      'invalid-request',
      `The body is not a notification of Microsoft Graph: value is missing, is no list of objects, or has more than ${MOST_ITEMS} entries. Nothing was stored.`,
    );
  }
  return { items: delivery.data.value.map(toItem), validationTokens: delivery.data.validationTokens ?? [] };
}

function toItem(raw: RawItem): Item {
  return {
    id: raw.id ?? null,
    subscriptionId: raw.subscriptionId ?? null,
    expires: raw.subscriptionExpirationDateTime ?? null,
    clientState: raw.clientState ?? null,
    tenantId: raw.tenantId ?? raw.organizationId ?? null,
    occurredAt: momentOf(raw.resourceData?.eventTime),
    content: contentOf(raw),
  };
}

function momentOf(text: string | null | undefined): Date | null {
  return z.iso.datetime({ offset: true }).safeParse(text).success && text ? new Date(text) : null;
}

function contentOf({ lifecycleEvent, changeType, resource, resourceData }: RawItem): Content {
  if (lifecycleEvent) {
    const event = LIFECYCLE_EVENTS.find((one) => one === lifecycleEvent);
    return event
      ? { about: 'subscription', event }
      : { about: 'other', kind: 'lifecycle', note: 'a lifecycle event that is not known here' };
  }
  const userId = userIdOf(resource ?? '', resourceData?.id ?? null);
  if (typeof userId !== 'string') {
    return { about: 'other', kind: changeType ?? 'unreadable', note: userId.note };
  }
  if (changeType !== 'updated' && changeType !== 'deleted') {
    return { about: 'other', kind: changeType ?? 'unreadable', note: 'not a change by which somebody leaves' };
  }
  return { about: 'user', change: changeType, userId };
}

/** What a resource is, is told by its path: the type that is named beside it is wrong in published examples. Capitals vary. */
const USER = /^\/?users\/([^/]+)$/i;

function userIdOf(resource: string, dataId: string | null): string | { readonly note: string } {
  const named = USER.exec(resource)?.[1];
  if (named === undefined) {
    return { note: 'the notification is not about a user' };
  }
  return dataId === null || dataId.toLowerCase() === named.toLowerCase()
    ? (dataId ?? named)
    : { note: 'the notification names two different users' };
}
