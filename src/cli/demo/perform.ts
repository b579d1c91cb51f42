import { CommandError, EXIT } from '../exit.ts';
import { sayOn } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { duration } from '../time.ts';
import type { Provider, Sender } from './channel.ts';
import { CHANNELS, type ChannelName } from './channels.ts';
import type { Closers } from './closers.ts';
import { type Check, judge } from './judge.ts';
import { play } from './play.ts';
import { type Habits, type Stack, startStack } from './stack.ts';

export interface PerformanceNeeds {
  readonly channel: ChannelName;
  readonly provider: Provider;
  /** An empty one of its own; by default an embedded PostgreSQL is started. */
  readonly databaseUrl?: string;
  readonly habits: Habits;
  readonly closers: Closers;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Shows one channel from end to end: starts everything, lets the sender speak, and proves what came of it. Throws when anything is not as it should be. */
export async function perform(needs: PerformanceNeeds): Promise<Stack> {
  const { terminal, signal } = needs;
  const startedAt = performance.now();
  const stack = await start(needs);
  const checks = judge(await play(stack, terminal, signal));
  showProof(checks, terminal);
  refuseFailures(checks);
  const came = stack.sender.expects.ending === 'taken-out' ? 'out of Fastio and Flashback' : 'locked out of Fastio';
  sayOn(terminal, '', `Done in ${duration(performance.now() - startedAt)}: ${stack.people.leaver.name} is ${came}, and it is proven.`);
  return stack;
}

async function start({ channel, terminal, ...needs }: PerformanceNeeds): Promise<Stack> {
  const startedAt = performance.now();
  const { paint } = terminal;
  sayOn(terminal, paint('strong', `Leaver, on this machine: it hears who leaves from ${CHANNELS[channel].about}`), '');
  const stack = await startStack({ ...needs, openChannel: await CHANNELS[channel].load() });
  const readyAfter = duration(performance.now() - startedAt);
  const agreed = await stack.sender.meet(needs.signal);
  const { latencyMs, auditDelayMs, pageSize } = needs.habits;
  const habits = `${latencyMs} ms a call, ${pageSize} rows a page, audit log ${duration(auditDelayMs)} late`;
  sayOn(terminal, `  service   ${stack.service.url}  ${paint('quiet', `with PostgreSQL, ready in ${readyAfter}`)}`);
  sayOn(terminal, `  Fastio    ${stack.fastio.url}  ${paint('quiet', `sandbox: ${habits}`)}`);
  sayOn(
    terminal,
    `  Flashback ${stack.flashback.url}  ${paint('quiet', 'sandbox: it can lock nobody out, and people are taken out of each workspace')}`,
  );
  showAgreement(stack.sender, agreed, terminal);
  return stack;
}

function showAgreement({ name }: Sender, agreed: readonly string[], terminal: Terminal): void {
  for (const [index, line] of agreed.entries()) {
    sayOn(terminal, `  ${(index === 0 ? name : '').padEnd(9)} ${terminal.paint('quiet', index === 0 ? `sandbox: ${line}` : line)}`);
  }
}

function showProof(checks: readonly Check[], terminal: Terminal): void {
  const { paint } = terminal;
  sayOn(terminal, '', paint('strong', 'Proof'));
  for (const { name, ok, found } of checks) {
    sayOn(terminal, `  ${ok ? paint('good', '✓') : paint('bad', '✗')} ${name.padEnd(17)} ${found}`);
  }
}

function refuseFailures(checks: readonly Check[]): void {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    const lines = failed.map(({ name, found }) => `\n  ${name}: ${found}`).join('');
    throw new CommandError(EXIT.failed, `The demo failed:${lines}`);
  }
}
