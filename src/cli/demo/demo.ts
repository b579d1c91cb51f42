import { CommandError, EXIT } from '../exit.ts';
import { say } from '../output.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { duration } from '../time.ts';
import { type Interruption, untilInterrupted } from './interruption.ts';
import { type Check, judge } from './judge.ts';
import { play } from './play.ts';
import { type Closers, closeAll, FASTIO_HABITS, type Stack, startStack } from './stack.ts';
import { stayUp } from './stay-up.ts';

const TIME_LIMIT_MS = 60_000;

/**
 * The main job from end to end on this machine: starts everything, lets Okta tell of a leaver, shows what happens, and proves what came of
 * it. Throws when anything is not as it should be. Whatever was started is stopped, also after a failure and on Ctrl-C.
 */
export async function runDemo({ keep }: { readonly keep: boolean }): Promise<void> {
  const closers: Closers = [];
  const interruption = untilInterrupted();
  try {
    const stack = await perform(closers, interruption);
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

async function perform(closers: Closers, interruption: Interruption): Promise<Stack> {
  const startedAt = performance.now();
  const terminal = openTerminal();
  const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
  say(terminal.paint('strong', 'Leaver: two people on their way out, on this machine'), '');
  const stack = await start(closers, terminal, signal);
  const checks = judge(await play(stack, terminal, signal));
  showProof(checks, terminal);
  refuseFailures(checks);
  const { leaver } = stack.people;
  say('', `Done in ${duration(performance.now() - startedAt)}: ${leaver.name} is out of Fastio, and it is proven.`);
  return stack;
}

async function start(closers: Closers, { paint }: Terminal, signal: AbortSignal): Promise<Stack> {
  const startedAt = performance.now();
  const stack = await startStack(closers, signal);
  const { verified, status } = await stack.okta.verify();
  if (!verified) {
    throw new CommandError(EXIT.failed, `The demo failed: Leaver did not give Okta's challenge back (${status}).`);
  }
  const { latencyMs, auditDelayMs, pageSize } = FASTIO_HABITS;
  const habits = `${latencyMs} ms a call, ${pageSize} rows a page, audit log ${duration(auditDelayMs)} late`;
  say(`  service  ${stack.service.url}  ${paint('quiet', `with PostgreSQL, ready in ${duration(performance.now() - startedAt)}`)}`);
  say(`  Fastio   ${stack.fastio.url}  ${paint('quiet', `sandbox: ${habits}`)}`);
  say(`  Okta     ${paint('quiet', 'sandbox: the event hook is verified')}`);
  return stack;
}

function showProof(checks: readonly Check[], { paint }: Terminal): void {
  say('', paint('strong', 'Proof'));
  for (const { name, ok, found } of checks) {
    say(`  ${ok ? paint('good', '✓') : paint('bad', '✗')} ${name.padEnd(15)} ${found}`);
  }
}

function refuseFailures(checks: readonly Check[]): void {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    const lines = failed.map(({ name, found }) => `\n  ${name}: ${found}`).join('');
    throw new CommandError(EXIT.failed, `The demo failed:${lines}`);
  }
}
