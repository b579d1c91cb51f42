import { CommandError, EXIT } from '../exit.ts';
import { openTerminal } from '../terminal.ts';
import type { Provider } from './channel.ts';
import type { ChannelName } from './channels.ts';
import { type Closers, closeAll } from './closers.ts';
import { untilInterrupted } from './interruption.ts';
import { perform } from './perform.ts';
import { stayUp } from './stay-up.ts';

const TIME_LIMIT_MS = 60_000;
/** Fastio is like a service at some distance, with an audit log that lags behind. */
const HABITS = { latencyMs: 50, auditDelayMs: 1_000, pageSize: 3 } as const;

export interface DemoOptions {
  readonly channel: ChannelName;
  readonly provider: Provider;
  readonly keep: boolean;
}

/**
 * The main job from end to end on this machine, told of over one channel. Throws when anything is not as it should be. Whatever was started is
 * stopped, also after a failure and on Ctrl-C.
 */
export async function runDemo({ keep, ...what }: DemoOptions): Promise<void> {
  const closers: Closers = [];
  const interruption = untilInterrupted();
  try {
    const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
    const stack = await perform({ ...what, habits: HABITS, closers, terminal: openTerminal(), signal });
    if (keep) {
      await stayUp(stack, interruption.signal);
    }
  } catch (error) {
    throw interruption.signal.aborted ? new CommandError(EXIT.failed, 'Interrupted; everything is stopped.', error) : error;
  } finally {
    await closeAll(closers);
    interruption.forget();
  }
}
