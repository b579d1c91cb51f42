import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { buildHttp, type Http } from '../../../src/http/build-http.ts';
import type { Intake } from '../../../src/intake/intake.ts';
import type { Disposition, Signal } from '../../../src/intake/signal.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { undo } from '../../support/undo.ts';
import { keptLog } from '../../targets/support/log-lines.ts';

/** An intake that only keeps what it is given. */
export interface KeepingIntake extends Intake {
  readonly accepted: Signal[];
  /** What it says of signals from now on; null: that nothing can be stored. */
  say(disposition: Disposition | null): void;
}

export function keepingIntake(): KeepingIntake {
  const accepted: Signal[] = [];
  let said: Disposition | null = 'accepted';
  return {
    accepted,
    say: (disposition) => {
      said = disposition;
    },
    accept: async (signals) => {
      const disposition = said;
      if (disposition === null) {
        throw new LeaverError('unavailable', 'The message cannot be stored now.', { retryAfterMs: 5_000 });
      }
      accepted.push(...signals);
      return signals.map(() => disposition);
    },
    list: async () => ({ items: [], nextCursor: null }),
  };
}

/** Routes on a real socket, and what they log. */
export async function startRoutes(t: TestContext, register: (http: Http) => void): Promise<{ url: string; lines: string[] }> {
  const { log, lines } = keptLog();
  const http = await buildHttp({ log, trustProxy: false, rateLimit: { max: 1_000_000, windowSeconds: 60 } });
  register(http);
  await http.listen({ host: '127.0.0.1', port: 0 });
  undo(t, async () => await http.close());
  return { url: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`, lines };
}
