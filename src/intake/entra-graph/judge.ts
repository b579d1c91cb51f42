import type { Meaning, Signal } from '../signal.ts';
import type { Item, LifecycleEvent } from './parse.ts';
import { matchesClientState } from './verify.ts';

/** What a delivery comes to. */
export interface Judged {
  readonly signals: readonly Signal[];
  /** Users to be read back, each once. */
  readonly readBacks: readonly string[];
  readonly lifecycle: readonly { readonly event: LifecycleEvent; readonly subscriptionId: string | null }[];
}

export interface JudgeRules {
  readonly connection: string;
  readonly clientStates: readonly string[];
  readonly tenantId: string;
  readonly bodySha256: string;
  /** Meanings that the operator gave to kinds of change, above our own. */
  readonly meanings: Readonly<Record<string, Meaning>>;
}

/** Anybody can send items that fail: of one delivery so many are recorded, the last of them with the number of the others. */
const MOST_REFUSED = 20;

/**
 * What is to be done about the items of one delivery; nothing of an item that fails its check is believed. An update says neither what changed nor
 * that it lasted, so it is no signal yet: the person is read back first.
 */
export function judge(items: readonly Item[], rules: JudgeRules, forged: string | null): Judged {
  const checked = items.map((item, index) => ({ item, index, refusal: forged ?? refusalOf(item, rules) }));
  const refused = checked.filter(({ refusal }) => refusal !== null);
  const good = checked.filter(({ refusal }) => refusal === null);
  return {
    signals: [
      ...refused.slice(0, MOST_REFUSED).map((one, place) => refusedSignal(rules, one, place, refused.length)),
      ...good.flatMap(({ item, index }) => signalOf(item, index, rules)),
    ],
    readBacks: [
      ...new Set(
        good.flatMap(({ item: { content } }) => (content.about === 'user' && content.change === 'updated' ? [content.userId] : [])),
      ),
    ],
    lifecycle: good.flatMap(({ item: { content, subscriptionId } }) =>
      content.about === 'subscription' ? [{ event: content.event, subscriptionId }] : [],
    ),
  };
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function refusalOf({ clientState, tenantId }: Item, rules: JudgeRules): string | null {
  if (!matchesClientState(clientState, rules.clientStates)) {
    return 'the item does not carry the clientState of the subscription, so anybody may have sent it';
  }
  const isOther = tenantId !== null && [tenantId, rules.tenantId].every((one) => GUID.test(one)) && !same(tenantId, rules.tenantId);
  return isOther ? 'the item is about another tenant' : null;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function base({ connection, bodySha256 }: JudgeRules): Pick<Signal, 'connection' | 'channel' | 'bodySha256'> {
  return { connection, channel: CHANNEL, bodySha256 };
}

export const CHANNEL = 'entra-graph';
const VERIFIED_BY = 'graph.clientState';

/** Its identity is one of its own: a forged item must not use up the identity of the genuine one. */
function refusedSignal(
  rules: JudgeRules,
  { item: { content }, index, refusal }: { readonly item: Item; readonly index: number; readonly refusal: string | null },
  place: number,
  all: number,
): Signal {
  const others = place === MOST_REFUSED - 1 && all > MOST_REFUSED ? `; ${all - MOST_REFUSED} more of this delivery failed too` : '';
  return {
    ...base(rules),
    kind: kindOf(content),
    eventId: `refused ${rules.bodySha256}#${index}`,
    meaning: 'ignore',
    isRefused: true,
    subject: null,
    note: `${refusal}${others}`,
    occurredAt: null,
    verifiedBy: 'nothing',
  };
}

function kindOf(content: Item['content']): string {
  switch (content.about) {
    case 'user':
      return content.change;
    case 'subscription':
      return `lifecycle.${content.event}`;
    case 'other':
      return content.kind;
  }
}

/** What a change of a user means; an `updated` only means it where the user, who is read back first, is found to be gone. */
export const GRAPH_MEANINGS = { deleted: 'offboard', updated: 'offboard' } as const satisfies Record<string, Meaning>;

/** The meaning of a departure, and why it means nothing where the operator says so. */
export function departureOf(
  kind: keyof typeof GRAPH_MEANINGS,
  overrides: JudgeRules['meanings'],
): { readonly meaning: Meaning; readonly note: string | null } {
  const meaning = overrides[kind] ?? GRAPH_MEANINGS[kind];
  return { meaning, note: meaning === 'ignore' ? 'policy.signals says that nobody leaves by it' : null };
}

function signalOf(item: Item, index: number, rules: JudgeRules): Signal[] {
  const { content, occurredAt } = item;
  const common = { ...base(rules), kind: kindOf(content), occurredAt, verifiedBy: VERIFIED_BY };
  const eventId = item.id ?? `${rules.bodySha256}#${index}`;
  switch (content.about) {
    case 'user': {
      if (content.change === 'updated') return [];
      // Nobody is deleted for good twice, so the user is the identity of the event; the notification itself need not have any.
      const subject = { id: content.userId, email: null, name: null };
      return [{ ...common, ...departureOf('deleted', rules.meanings), eventId: `deleted ${content.userId}`, subject }];
    }
    case 'subscription': {
      const name = `${content.event} ${item.subscriptionId} ${item.expires}`;
      return [{ ...common, eventId: name, meaning: 'ignore', subject: null, note: NOTES[content.event] }];
    }
    case 'other':
      return [{ ...common, eventId: `other ${eventId}`, meaning: 'ignore', subject: null, note: content.note }];
  }
}

const NOTES: Readonly<Record<LifecycleEvent, string>> = {
  reauthorizationRequired: 'about the subscription, which is renewed now',
  subscriptionRemoved: 'about the subscription, which is made anew; what changed meanwhile is looked up',
  missed: 'notifications were lost; what changed meanwhile is looked up',
};
