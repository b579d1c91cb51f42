import { type PlanAnswer, planAnswer } from './answers.ts';
import { sayLack } from './not-offered.ts';
import { say } from './output.ts';
import { connectTo } from './service.ts';
import type { AnswerOptions } from './service-options.ts';
import { type Column, renderTable } from './table.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { printable } from './text.ts';

const COLUMNS: readonly Column[] = [{ title: '' }, { title: '' }, { title: '', shrinksTo: 16 }];

/** Has the service find out what a case would do, and prints it. The targets are only read. */
export async function printPlan(email: string, playbook: string, options: AnswerOptions): Promise<void> {
  const answer = await connectTo(options).post('/v1/cases', { email, playbook, reason: 'a plan, nothing else', dryRun: true });
  const { plan } = answer.read(planAnswer);
  say(...(options.json ? [answer.text] : renderPlan(plan, openTerminal())));
}

function renderPlan({ person, playbook, hold, targets }: PlanAnswer, terminal: Terminal): string[] {
  const head = terminal.paint('strong', `To ${playbook} ${printable(person.email)}; nothing was touched.`);
  const held = hold === null ? [] : [terminal.paint('bad', `The case would be held: ${printable(hold)}`)];
  return [head, ...held, ...targets.flatMap((target) => renderTarget(target, terminal)), '', terminal.paint('quiet', ORDER)];
}

const ORDER =
  'In each target from top to bottom. All targets are locked first, at the same time; what is hard to reverse begins after that, and after policy.graceSeconds.';

type PlannedTarget = PlanAnswer['targets'][number];

function renderTarget(planned: PlannedTarget, terminal: Terminal): string[] {
  const { target, account, problem, steps } = planned;
  const head = `${terminal.paint('strong', target)}: account ${account}${problem === null ? '' : `. ${printable(problem)}`}`;
  const rows = steps.map(({ phase, action, subject, name, notOffered }) => [
    { text: `  ${phase}`, tone: 'quiet' as const },
    { text: action, tone: notOffered ? ('bad' as const) : ('plain' as const) },
    { text: notOffered ? 'cannot be done' : name === null ? (subject ?? '') : `${name} (${subject})` },
  ]);
  return ['', head, ...whose(planned), ...renderTable(COLUMNS, rows, terminal), ...renderLacks(steps, terminal)];
}

/** Whose account it is about, and who would get what it owns. */
function whose({ accountId, successor }: PlannedTarget): string[] {
  const owner = accountId === null ? [] : [`  the account ${printable(accountId)}`];
  const heir =
    successor && `  what it looks after goes to ${printable(successor.email ?? successor.accountId)} (${printable(successor.source)})`;
  return heir === null ? owner : [...owner, heir];
}

function renderLacks(steps: PlannedTarget['steps'], { paint }: Terminal): string[] {
  const lacks = steps.flatMap(({ action, notOffered }) =>
    notOffered ? [`${paint('bad', printable(action))}: ${printable(sayLack(notOffered))}`] : [],
  );
  return lacks.length === 0 ? [] : ['  What cannot be done:', ...lacks.map((line) => `    ${line}`)];
}
