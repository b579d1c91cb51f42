import type { TestContext } from 'node:test';
import { startTransmitter, type Transmitter, type TransmitterOptions } from '../../../src/sandbox/transmitter.ts';
import { undo } from '../../support/undo.ts';

export const AUDIENCE = 'https://leaver.example.com';

export async function startTestTransmitter(t: TestContext, options: Partial<TransmitterOptions> = {}): Promise<Transmitter> {
  const transmitter = await startTransmitter({ audience: AUDIENCE, ...options });
  undo(t, async () => await transmitter.close());
  return transmitter;
}

/** The connection as it stands in the configuration. */
export function connectionTo({ issuer, jwksUri }: Transmitter, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { id: 'signals', kind: 'ssf', issuer, audience: AUDIENCE, jwksUri, ...more };
}
