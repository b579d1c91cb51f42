import { z } from 'zod';
import { type Check, VERDICTS } from '../kernel/check.ts';
import { messageOf } from '../kernel/errors.ts';
import { countKeys } from '../tokens/tokens.ts';

/** Tries one thing of a connection by reading. */
export interface Look {
  readonly what: string;
  readonly see: (signal: AbortSignal) => Promise<Omit<Check, 'what'>>;
}

/** A connection of the configuration, with everything about it that reading can try. */
export interface ConnectionToInspect {
  readonly id: string;
  readonly kind: string;
  readonly looks: readonly Look[];
}

export const connectionView = z.object({
  id: z.string(),
  kind: z.string(),
  checks: z.array(z.object({ what: z.string(), verdict: z.enum(VERDICTS), detail: z.string() })),
});
export type ConnectionView = z.infer<typeof connectionView>;

const LOOK_WITHIN_MS = 10_000;

/** Tries everything at once. Whatever the other side does becomes a check, also when it does nothing at all. */
export async function inspectConnection({ id, kind, looks }: ConnectionToInspect, withinMs = LOOK_WITHIN_MS): Promise<ConnectionView> {
  return { id, kind, checks: await Promise.all(looks.map(async (look) => await tryOut(id, look, withinMs))) };
}

async function tryOut(connection: string, { what, see }: Look, withinMs: number): Promise<Check> {
  const signal = AbortSignal.timeout(withinMs);
  try {
    return { what, ...(await see(signal)) };
  } catch (error) {
    const detail = signal.aborted ? `there was no answer within ${withinMs / 1_000} seconds` : messageOf(error);
    return { what, verdict: 'fix', detail: `${connection}: ${detail}` };
  }
}

/** Where others are to call us, and by what they are known. A setting that is there is all that can be seen of it. */
export function lookAtIntake(what: string, url: string, credentials: string): Look {
  return { what, see: async () => ({ verdict: 'fine', detail: `is to call ${url}; ${credentials}` }) };
}

/** Whether the keys of an issuer can be fetched now. */
export function lookAtKeys(connection: string, what: string, jwksUri: string): Look {
  const see = async (): Promise<Omit<Check, 'what'>> => {
    const count = await countKeys(jwksUri).catch((error: unknown) => messageOf(error));
    if (typeof count === 'number' && count > 0)
      return { verdict: 'fine', detail: `${jwksUri} has ${count} ${count === 1 ? 'key' : 'keys'}` };
    const trouble = count === 0 ? 'has no keys' : `gives no keys (${count})`;
    return { verdict: 'fix', detail: `${connection}: ${jwksUri} ${trouble}, so nothing that is signed can be believed. Check jwksUri.` };
  };
  return { what, see };
}

type Reader = { probe(signal: AbortSignal): Promise<{ readonly reachable: boolean; readonly detail: string }> };

/** Whether the identity provider lets us read its people, where we can ask it at all. */
export function lookAtReader(reader: Reader | undefined): Look {
  const see = async (signal: AbortSignal): Promise<Omit<Check, 'what'>> => {
    if (!reader)
      return {
        verdict: 'unclear',
        detail: 'it has nothing to read people with, so no departure is confirmed before what is hard to reverse',
      };
    const { reachable, detail } = await reader.probe(signal);
    return { verdict: reachable ? 'fine' : 'fix', detail };
  };
  return { what: 'read people back', see };
}

/** When a message last came. That none has come yet is no fault, and worth knowing. */
export function lookAtSignals(lastSignal: () => Promise<{ readonly receivedAt: string; readonly kind: string } | undefined>): Look {
  const see = async (): Promise<Omit<Check, 'what'>> => {
    const last = await lastSignal();
    return last
      ? { verdict: 'fine', detail: `the last one, ${last.kind}, came at ${last.receivedAt}` }
      : { verdict: 'unclear', detail: 'none has come yet: have the sender send a test, or deactivate somebody who may be' };
  };
  return { what: 'signals', see };
}
