import { z } from 'zod';
import type { CaseAnswer, StepAnswer } from './answers.ts';
import { sayLack } from './not-offered.ts';
import { renderSteps, whatItDoes } from './step-table.ts';
import { type Cell, renderTable } from './table.ts';
import type { Terminal, Tone } from './terminal.ts';
import { printable } from './text.ts';
import { between, duration, moment } from './time.ts';

const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  running: 'busy',
  waiting: 'busy',
  held: 'bad',
  attention: 'bad',
};

/** The tone in which the state of a case is shown. */
export function toneOfState(state: string): Tone {
  return TONES[state] ?? 'plain';
}

/** A whole case for people: who, what, when, the steps, and what stands in the way. */
export function renderCase(subject: CaseAnswer, now: Date, terminal: Terminal): string[] {
  return [
    ...headOf(subject, terminal),
    ...factsOf(subject).map(([name, value]) => `  ${terminal.paint('quiet', name.padEnd(10))}  ${printable(value)}`),
    '',
    ...renderSteps(subject.steps, now, terminal),
    ...lacksOf(subject.steps, terminal),
    ...subject.steps.flatMap((step) => troubleOf(step, terminal)),
  ];
}

/** One line that fits the terminal: the person, and how it stands. */
export function headOf({ id, person, state, playbook }: CaseAnswer, terminal: Terminal): string[] {
  const cells: Cell[] = [
    { text: person.email, tone: 'strong' },
    { text: playbook },
    { text: state, tone: toneOfState(state) },
    { text: id, tone: 'quiet' },
  ];
  return renderTable(
    [{ title: '', shrinksTo: 12 }, { title: '', dropped: 1 }, { title: '' }, { title: '', dropped: 2 }],
    [cells],
    terminal,
  );
}

function factsOf(subject: CaseAnswer): [string, string][] {
  const { person, openedAt, openedBy, containedAt, completedAt, nextLookAt, successors, left, state, reason, signals } = subject;
  const facts: [string, string | null][] = [
    ['person', person.name],
    ['reason', reason],
    ['opened', `${moment(openedAt)} by ${openedBy}`],
    ['contained', sinceOpening(openedAt, containedAt)],
    ['completed', sinceOpening(openedAt, completedAt)],
    ['next look', nextLookAt && moment(nextLookAt)],
    ...successors.map((one): [string, string] => ['successor', successorIn(one)]),
    ...(state === 'attention' ? left.map((one): [string, string] => ['left', `${one.target}: ${one.actions.join(', ')}`]) : []),
    ...signals.map((signal): [string, string] => ['signal', `${signal.kind} from ${signal.connection}, ${moment(signal.receivedAt)}`]),
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}

function successorIn({ target, email, accountId, source, reasons }: CaseAnswer['successors'][number]): string {
  const why = reasons.length > 0 ? `; ${reasons.join('; ')}` : '';
  return `${email ?? accountId} in ${target} (${source}${why})`;
}

function sinceOpening(openedAt: string, at: string | null): string | null {
  const took = between(openedAt, at);
  return took === null ? null : `${moment(at)}, ${duration(took)} after the opening`;
}

const said = z.string().nullable().default(null);
const lack = z.object({ residual: said, lasts: said, advice: said });

/** What the targets did not offer: a person has to know what stays reachable. */
function lacksOf(steps: readonly StepAnswer[], { paint }: Terminal): string[] {
  const told = steps.flatMap((step) => {
    const { data } = lack.safeParse(step.facts);
    const isTold = step.outcome === 'not-offered' && data;
    return isTold ? [`  ${paint('quiet', printable(`${step.target} ${step.action}`))}  ${printable(sayLack(data))}`] : [];
  });
  return told.length === 0 ? [] : ['', 'What was not offered:', ...told];
}

function troubleOf(step: StepAnswer, { paint }: Terminal): string[] {
  return step.error === null ? [] : ['', `${paint('bad', printable(whatItDoes(step)))}: ${printable(step.error.message)}`];
}
