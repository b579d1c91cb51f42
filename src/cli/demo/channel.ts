import type { JsonObject } from '../../kernel/json.ts';
import { CommandError, EXIT } from '../exit.ts';
import type { Service } from '../service.ts';
import type { Closers } from './closers.ts';
import type { People } from './people.ts';

/** Which identity provider speaks, on a channel that several of them speak. */
export const PROVIDERS = ['entra', 'okta'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** A way by which Leaver is told that somebody has left: starts whoever speaks it, with keys and secrets of its own. */
export type OpenChannel = (needs: ChannelNeeds) => Promise<Sender>;

export interface ChannelNeeds {
  /** Where the service is going to listen. */
  readonly origin: string;
  readonly people: People;
  readonly provider: Provider;
  /** What is started is to be undone here. */
  readonly closers: Closers;
}

/** Whoever tells that somebody has left. */
export interface Sender {
  /** As people know it. */
  readonly name: string;
  /** The entry of `connections` that lets it in. */
  readonly connection: JsonObject;
  /** What sender and service agree upon before anybody leaves, in words. Throws when they do not. */
  meet(signal: AbortSignal): Promise<readonly string[]>;
  /** By which the contractor is only locked out; null where nothing of the kind is shown. */
  readonly suspension: Act | null;
  /** By which the leaver leaves. */
  readonly departure: Act;
  /** What is to come of the departure. */
  readonly expects: Expectations;
}

export interface Act {
  /** What happens, behind the person's name: `is deactivated at Okta`. */
  readonly happens: string;
  /** Lets it happen, and tells of every message that was answered as it should be. Throws when one was not. */
  tell(service: Service, signal: AbortSignal): AsyncIterable<Message>;
}

/** Something that went over the wire, in words. */
export interface Message {
  readonly what: string;
  readonly result: string;
}

export interface Expectations {
  /** The channel that the signal is recorded with. */
  readonly channel: string;
  /** `locked-out`: nothing may be taken away but the access. */
  readonly ending: 'taken-out' | 'locked-out';
  /** The connection has a reader, so the departure is confirmed before anything is hard to reverse. */
  readonly confirmed: boolean;
  /** What Leaver aims to add to the time to the lock-out. */
  readonly ownShareMs: number;
}

/** What most channels expect. The share is that of a message which says by itself who has left. */
export const TAKEN_OUT: Omit<Expectations, 'channel'> = { ending: 'taken-out', confirmed: false, ownShareMs: 50 };

/** Sends, and puts the answer into words. Throws unless it has the status that the channel promises. */
export async function send(what: string, promised: number, call: () => Promise<{ readonly status: number | string }>): Promise<Message> {
  const { status } = await call();
  if (status !== promised) {
    throw new CommandError(EXIT.failed, `The demo failed: the ${what} was answered with ${status}, and not with ${promised}.`);
  }
  return { what, result: `${status}: signal and case are stored` };
}
