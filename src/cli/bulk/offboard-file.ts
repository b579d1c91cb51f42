import { readFile } from 'node:fs/promises';
import { messageOf } from '../../kernel/errors.ts';
import { type CaseAnswer, openedAnswer, planAnswer } from '../answers.ts';
import { CommandError, EXIT } from '../exit.ts';
import { connectTo, type Service } from '../service.ts';
import type { AnswerOptions } from '../service-options.ts';
import { openTerminal } from '../terminal.ts';
import { confirm, expectConfirmation, people } from './confirm.ts';
import { inLanes } from './lanes.ts';
import { type Leaver, readLeavers } from './leavers.ts';
import { createReporter, type PlannedLeaver, type Reporter } from './report.ts';
import { untilSettled } from './settle.ts';
import { needsPerson, standingOf } from './standing.ts';

export interface FileOptions extends AnswerOptions {
  readonly file: string;
  readonly reason: string;
  readonly yes?: number;
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

/** Few enough for the targets, which every plan reads. */
const AT_ONCE = 4;

/**
 * Takes out everybody whom the file names: looks up who has a case already, shows what would happen to the others, has it confirmed, and starts
 * them. Run again after whatever end, it starts nobody twice.
 */
export async function offboardFile({
  file,
  reason,
  yes,
  again = false,
  dryRun,
  watch,
  json = false,
  ...options
}: FileOptions): Promise<void> {
  const leavers = readLeavers(await read(file), { file, reason });
  const confirmation = { file, named: leavers.length, yes };
  if (!dryRun) {
    expectConfirmation(confirmation);
  }
  const service = connectTo(options);
  const reporter = createReporter(openTerminal(), json);
  const { starting, already } = await lookUp(service, leavers, again, reporter);
  reporter.overview(starting, [...already.values()]);
  if (dryRun) {
    return;
  }
  if (starting.length > 0) {
    await confirm(confirmation, starting.length);
  }
  const { started, failed } = await start(service, starting, leavers.length, reporter);
  const cases = new Map([...already, ...started]);
  const settled = watch ? await untilSettled(service, cases, reporter) : cases;
  const needy = [...settled.values()].filter(needsPerson);
  reporter.summary(leavers.length, { started: started.size, already: already.size, failed, needy });
  failWhereNeeded(file, failed, needy.length);
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw missing
      ? new CommandError(EXIT.notFound, `There is no file ${file}.`, error)
      : new CommandError(EXIT.failed, `${file} cannot be read: ${messageOf(error)}`, error);
  }
}

type CasesByLeaver = ReadonlyMap<Leaver, CaseAnswer>;

interface LookedUp {
  readonly starting: readonly PlannedLeaver[];
  readonly already: CasesByLeaver;
}

/** The dry run: the targets are only read. What cannot be found out for one of them lets nobody be started. */
async function lookUp(service: Service, leavers: readonly Leaver[], again: boolean, reporter: Reporter): Promise<LookedUp> {
  const plans = new Map<Leaver, PlannedLeaver>();
  const already = new Map<Leaver, CaseAnswer>();
  const phase = reporter.phase('Looking up', leavers.length);
  try {
    await inLanes(AT_ONCE, leavers, async (leaver) => {
      const standing = await standingOf(service, leaver, again);
      if (standing.starts) {
        const plan = await planFor(service, leaver);
        plans.set(leaver, { leaver, plan });
        phase.tell(leaver, { event: 'planned', plan });
      } else {
        already.set(leaver, standing.present);
        phase.tell(leaver, { event: 'already', case: standing.present });
      }
    });
  } finally {
    phase.close();
  }
  return { starting: [...inFileOrder(plans).values()], already: inFileOrder(already) };
}

/** What was found, in the order of the file, whoever was answered first. */
function inFileOrder<T>(found: ReadonlyMap<Leaver, T>): Map<Leaver, T> {
  return new Map([...found].sort(([a], [b]) => a.line - b.line));
}

async function planFor(service: Service, { line, email, playbook, reason }: Leaver) {
  try {
    return (await service.post('/v1/cases', { email, playbook, reason, dryRun: true })).read(planAnswer).plan;
  } catch (error) {
    throw asOf(error, (words) => `Nothing was started. Line ${line}, ${email}: ${words}`);
  }
}

interface Started {
  readonly started: CasesByLeaver;
  readonly failed: number;
}

/** One that is refused holds up nobody else; a service that is gone ends it. */
async function start(service: Service, starting: readonly PlannedLeaver[], named: number, reporter: Reporter): Promise<Started> {
  const started = new Map<Leaver, CaseAnswer>();
  let failed = 0;
  const phase = reporter.phase('Starting', starting.length);
  try {
    await inLanes(AT_ONCE, starting, async ({ leaver }) => {
      try {
        const { email, playbook, reason } = leaver;
        const { case: opened } = (await service.post('/v1/cases', { email, playbook, reason })).read(openedAnswer);
        started.set(leaver, opened);
        phase.tell(leaver, { event: 'started', case: opened });
      } catch (error) {
        if (!(error instanceof CommandError) || error.exitCode === EXIT.unreachable) {
          throw asOf(error, (words) => `${words}\n${started.size} of ${people(named)} were started; the same file, run again, goes on.`);
        }
        failed += 1;
        phase.tell(leaver, { event: 'failed', problem: error.message });
      }
    });
  } finally {
    phase.close();
  }
  return { started, failed };
}

function asOf(error: unknown, words: (message: string) => string): unknown {
  return error instanceof CommandError ? new CommandError(error.exitCode, words(error.message), error) : error;
}

function failWhereNeeded(file: string, failed: number, needy: number): void {
  if (failed > 0) {
    throw new CommandError(EXIT.failed, `${people(failed)} could not be started: mend what is said above, then run ${file} again.`);
  }
  if (needy > 0) {
    throw new CommandError(
      EXIT.failed,
      `A person is needed for ${needy === 1 ? 'one case' : `${needy} cases`}: leaver show <id> says what for.`,
    );
  }
}
