import { z } from 'zod';
import { LeaverError } from '../../kernel/errors.ts';
import type { Meaning } from '../signal.ts';
import type { Metadata } from './discovery.ts';
import { MEANT_TYPES, shortName } from './events.ts';

/** How tokens are to come: to an address of ours, or fetched by us. */
export type Delivery =
  | { readonly method: 'push'; readonly url: string; readonly authorization: string | null }
  | { readonly method: 'poll'; readonly url: string | null };

export interface StreamWish {
  readonly connection: string;
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  readonly delivery: Delivery;
  /** Of the stream management. */
  readonly token: string;
  readonly meanings: Readonly<Record<string, Meaning>>;
  /** What the verification event is to bring back. */
  readonly state: string;
}

/** A stream as a transmitter shows it, as far as it is used. */
export const streamSchema = z.object({
  // The drafts, with one stream for each receiver, had none.
  stream_id: z.string().min(1).optional(),
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  delivery: z.object({ method: z.string().optional(), endpoint_url: z.string().nullish() }).optional(),
  events_delivered: z.array(z.string()).optional(),
  description: z.string().nullish(),
});
export type Stream = z.output<typeof streamSchema>;

const METHODS = {
  push: ['urn:ietf:rfc:8935', 'https://schemas.openid.net/secevent/risc/delivery-method/push'],
  poll: ['urn:ietf:rfc:8936', 'https://schemas.openid.net/secevent/risc/delivery-method/poll'],
} as const;

/** What a transmitter is asked for. */
export interface StreamBody {
  readonly delivery: Readonly<Record<string, string>>;
  readonly events_requested: readonly string[];
  readonly description: string;
}

export function streamBody({ connection, delivery, meanings }: StreamWish, metadata: Metadata): StreamBody {
  const method = methodOf(delivery, metadata);
  return {
    delivery:
      delivery.method === 'poll'
        ? { method }
        : {
            method,
            endpoint_url: delivery.url,
            ...(delivery.authorization !== null && { authorization_header: delivery.authorization }),
          },
    events_requested: wantedTypes(meanings),
    description: `Leaver, connection ${connection}`,
  };
}

/** The transmitter's own spelling of the way; the present one where it does not say. */
function methodOf({ method }: Delivery, { delivery_methods_supported: supported }: Metadata): string {
  const [present] = METHODS[method];
  const spelled = supported ? METHODS[method].find((one) => supported.includes(one)) : present;
  if (spelled === undefined) {
    const other =
      method === 'push' ? 'Give the connection a poll block, or write --poll.' : 'Let it push: remove the poll block of the connection.';
    throw new LeaverError(
      'conflict',
      `The transmitter does not offer ${method} delivery, only ${supported?.join(', ') || 'nothing'}. ${other}`,
    );
  }
  return spelled;
}

/** Every event that means something here, by our table or by the operator's. */
export function wantedTypes(meanings: Readonly<Record<string, Meaning>>): string[] {
  const told = Object.entries(meanings);
  const added = told.flatMap(([name, meaning]) => (meaning !== 'ignore' && /^(?:https?|urn):/.test(name) ? [name] : []));
  const without = new Set(told.flatMap(([name, meaning]) => (meaning === 'ignore' ? [name] : [])));
  return [...new Set([...MEANT_TYPES, ...added])].filter((type) => !without.has(type) && !without.has(shortName(type)));
}
