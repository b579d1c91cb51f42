import { type CaseAnswer, type CaseEvent, casesAnswer } from '../answers.ts';
import { createTeller, type EventWords, renderEvent } from '../event-line.ts';
import { CommandError, EXIT } from '../exit.ts';
import { followUntilRest, readCase } from '../follow.ts';
import { sayOn } from '../output.ts';
import type { Service } from '../service.ts';
import { whatItDoes } from '../step-table.ts';
import type { Terminal } from '../terminal.ts';
import type { Act, Expectations, Sender } from './channel.ts';
import { addressOf, type Person } from './people.ts';

/** What a sender told, and what came of it. */
export interface Scene {
  readonly sentAt: number;
  /** The case as it came to rest. */
  readonly case: CaseAnswer;
}

export interface SceneNeeds {
  readonly service: Service;
  readonly sender: Sender;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

type Ending = Expectations['ending'];
const AIMS: Readonly<Record<Ending, string>> = { 'taken-out': 'to be taken out', 'locked-out': 'to be locked out, and nothing more' };

/** Lets something happen to somebody at the sender, and prints what is sent, and what is recorded of the case, until nothing more happens. */
export async function playScene(needs: SceneNeeds, person: Person, act: Act, ending: Ending): Promise<Scene> {
  const { service, sender, terminal, signal } = needs;
  sayOn(terminal, '', terminal.paint('strong', `${person.name} ${act.happens}: ${AIMS[ending]}`));
  const sentAt = Date.now();
  const tell = (at: number, words: EventWords): void => {
    const stamp = terminal.paint('quiet', `  +${((at - sentAt) / 1_000).toFixed(3)} s`);
    sayOn(terminal, `${stamp}  ${renderEvent(words, terminal)}`);
  };
  for await (const message of act.tell(service, signal)) {
    tell(Date.now(), { ...message, where: sender.name.toLowerCase(), tone: 'good', tookMs: null });
  }
  const id = await findCase(service, addressOf(person));
  await followOn(service, id, signal, tell);
  return { sentAt, case: await readCase(service, id) };
}

async function followOn(service: Service, id: string, signal: AbortSignal, tell: (at: number, words: EventWords) => void): Promise<void> {
  const wordsOf = createTeller();
  try {
    for await (const event of followUntilRest(service, id, { signal })) {
      const words = wordsOf(event);
      if (isWorthALine(event)) {
        tell(Date.parse(event.at), plainer(event, words));
      }
    }
  } catch (error) {
    throw isTimeout(error) ? tooSlow(await readCase(service, id), error) : error;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

function tooSlow({ id, person, state, steps }: CaseAnswer, cause: unknown): CommandError {
  const open = steps.filter((step) => step.state !== 'done' && step.state !== 'skipped');
  const where = open.map((step) => `${whatItDoes(step)} ${step.state}`).join(', ') || 'no step is open';
  return new CommandError(EXIT.failed, `The demo failed: it took too long. Case ${id} of ${person.email} is ${state} (${where}).`, cause);
}

async function findCase(service: Service, email: string): Promise<string> {
  const [found] = (await service.get('/v1/cases', { email })).read(casesAnswer).items;
  if (!found) {
    throw new CommandError(EXIT.failed, `The demo failed: the message was taken, but there is no case of ${email}.`);
  }
  return found.id;
}

const TOLD = new Set(['step.finished', 'step.failed', 'step.postponed', 'step.skipped', 'step.released', 'case.contained']);

/** What began is told when it ends. */
function isWorthALine({ kind, change }: CaseEvent): boolean {
  return TOLD.has(kind) || (kind === 'case.state' && change['to'] !== 'running' && change['to'] !== 'waiting');
}

function plainer({ kind }: CaseEvent, words: EventWords): EventWords {
  return kind === 'case.contained' ? { ...words, what: 'locked out everywhere', result: 'contained', tone: 'good' } : words;
}
