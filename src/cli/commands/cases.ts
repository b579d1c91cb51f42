import { type Command, InvalidArgumentError } from 'commander';
import { type CaseAnswer, casesAnswer } from '../answers.ts';
import { toneOfState } from '../case-view.ts';
import { note, say } from '../output.ts';
import { connectTo } from '../service.ts';
import { type AnswerOptions, printsAnswers } from '../service-options.ts';
import { type Cell, type Column, renderTable } from '../table.ts';
import { openTerminal } from '../terminal.ts';
import { between, duration, moment } from '../time.ts';

interface CasesOptions extends AnswerOptions {
  readonly state?: string;
  readonly email?: string;
  readonly target?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

export function casesCommand(program: Command): void {
  printsAnswers(program.command('cases'))
    .summary('list cases, newest first')
    .option('--state <state>', 'only held, running, waiting, attention, completed, cancelled or reversed ones')
    .option('--email <email>', 'only those of this person')
    .option('--target <id>', 'only those with steps in this target')
    .option('--limit <count>', 'how many at most: 1 to 200 (default: 50)', readLimit)
    .option('--cursor <cursor>', 'go on after a page')
    .action(listCases);
}

async function listCases({ state, email, target, limit, cursor, ...options }: CasesOptions): Promise<void> {
  const answer = await connectTo(options).get('/v1/cases', { state, email, target, limit, cursor });
  const { items, nextCursor } = answer.read(casesAnswer);
  if (options.json) {
    say(answer.text);
    return;
  }
  say(...(items.length === 0 ? ['No cases.'] : renderTable(COLUMNS, items.map(rowOf), openTerminal())));
  if (nextCursor !== null) {
    note(`There are more. To go on: --cursor ${nextCursor}`);
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'CASE' },
  { title: 'STATE' },
  { title: 'PERSON', shrinksTo: 12 },
  { title: 'PLAYBOOK', dropped: 2 },
  { title: 'STEPS', side: 'right', dropped: 1 },
  { title: 'LOCKED OUT', side: 'right', dropped: 3 },
  { title: 'OPENED', dropped: 4 },
];

function rowOf({ id, state, person, playbook, steps, openedAt, containedAt }: CaseAnswer): Cell[] {
  const over = steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const lockedOut = between(openedAt, containedAt);
  return [
    { text: id },
    { text: state, tone: toneOfState(state) },
    { text: person.email },
    { text: playbook },
    { text: `${over}/${steps.length}` },
    { text: lockedOut === null ? '-' : duration(lockedOut) },
    { text: moment(openedAt), tone: 'quiet' },
  ];
}

function readLimit(text: string): string {
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > 200) {
    throw new InvalidArgumentError('It is a whole number from 1 to 200.');
  }
  return text;
}
