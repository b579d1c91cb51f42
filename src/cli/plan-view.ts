import { type PlanAnswer, planAnswer } from './answers.ts';
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
  return [head, ...held, ...targets.flatMap((target) => renderTarget(target, terminal))];
}

function renderTarget({ target, account, problem, steps }: PlanAnswer['targets'][number], terminal: Terminal): string[] {
  const head = `${terminal.paint('strong', target)}: account ${account}${problem === null ? '' : `. ${printable(problem)}`}`;
  const rows = steps.map(({ phase, action, subject, name }) => [
    { text: `  ${phase}`, tone: 'quiet' as const },
    { text: action },
    { text: name === null ? (subject ?? '') : `${name} (${subject})` },
  ]);
  return ['', head, ...renderTable(COLUMNS, rows, terminal)];
}
