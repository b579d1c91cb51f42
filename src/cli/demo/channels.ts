import type { OpenChannel } from './channel.ts';

export interface ChannelEntry {
  /** In a few words, for the help. */
  readonly about: string;
  /** Loaded only when it is shown: the other commands start faster without the sandbox. */
  load(): Promise<OpenChannel>;
}

/** Every channel that the demo can show; the first is the one it shows unasked. */
export const CHANNELS = {
  okta: { about: 'Okta, by its event hook', load: async () => (await import('./channels/okta.ts')).openOkta },
  scim: { about: 'Entra ID or Okta, by SCIM 2.0', load: async () => (await import('./channels/scim.ts')).openScim },
  graph: { about: 'Microsoft Graph, by notifications', load: async () => (await import('./channels/graph.ts')).openGraph },
  ssf: { about: 'a transmitter of Shared Signals, by signed tokens', load: async () => (await import('./channels/ssf.ts')).openSsf },
  'universal-logout': {
    about: 'Okta, by Universal Logout, which only locks out',
    load: async () => (await import('./channels/universal-logout.ts')).openUniversalLogout,
  },
  webhook: { about: 'an HR system, by Standard Webhooks', load: async () => (await import('./channels/webhook.ts')).openWebhook },
} as const satisfies Readonly<Record<string, ChannelEntry>>;

export type ChannelName = keyof typeof CHANNELS;
export const CHANNEL_NAMES = Object.keys(CHANNELS) as readonly ChannelName[];
