import type { OperatorEvent } from './happening.ts';

/** The ways on which a message goes out. */
export const CHANNELS = ['mail', 'slack', 'webhook'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Whom operators' messages go to, and of what they are. */
export interface Recipients {
  readonly mail: readonly string[];
  readonly slack: boolean;
  readonly webhook: boolean;
  readonly events: readonly OperatorEvent[];
}

/** One message: a channel, and whom it reaches there. */
export interface Address {
  readonly channel: Channel;
  readonly recipient: string;
}

/** Who is told of the event. Each is sent a message of their own, so that one who cannot be reached keeps it from nobody, and nobody sees the others. */
export function addressesFor(event: OperatorEvent, { mail, slack, webhook, events }: Recipients): Address[] {
  if (!events.includes(event)) return [];
  return [
    ...[...new Set(mail)].map((recipient) => ({ channel: 'mail' as const, recipient })),
    ...(slack ? [{ channel: 'slack' as const, recipient: 'operators' }] : []),
    ...(webhook ? [{ channel: 'webhook' as const, recipient: 'operators' }] : []),
  ];
}
