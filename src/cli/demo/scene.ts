import type { Delivery } from '../../sandbox/okta.ts';
import { type CaseAnswer, type CaseEvent, casesAnswer } from '../answers.ts';
import { createTeller, type EventWords, renderEvent } from '../event-line.ts';
import { CommandError, EXIT } from '../exit.ts';
import { followUntilRest, readCase } from '../follow.ts';
import { say } from '../output.ts';
import type { Service } from '../service.ts';
import { whatItDoes } from '../step-table.ts';
import type { Terminal } from '../terminal.ts';

/** One message of Okta, and what came of it. */
export interface Scene {
  readonly sentAt: number;
  readonly delivery: Delivery;
  /** The case as it came to rest. */
  readonly case: CaseAnswer;
}

export interface SceneNeeds {
  readonly service: Service;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Lets Okta send its message, and prints what is recorded of the person's case, when it is recorded, until nothing more happens. */
export async function playScene({ service, terminal, signal }: SceneNeeds, email: string, send: () => Promise<Delivery>): Promise<Scene> {
  const sentAt = Date.now();
  const delivery = await send();
  if (delivery.status !== 204) {
    throw new CommandError(EXIT.failed, `The demo failed: Leaver answered Okta with ${delivery.status}, and not with 204.`);
  }
  const stamp = (at: number): string => terminal.paint('quiet', `  +${((at - sentAt) / 1_000).toFixed(3)} s`);
  const stored = { where: 'okta', what: 'event hook', result: '204: signal and case are stored', tone: 'good', tookMs: null } as const;
  say(`${stamp(sentAt + delivery.tookMs)}  ${renderEvent(stored, terminal)}`);
  const id = await findCase(service, email);
  const tell = createTeller();
  try {
    for await (const event of followUntilRest(service, id, { signal })) {
      const words = tell(event);
      if (isWorthALine(event)) {
        say(`${stamp(Date.parse(event.at))}  ${renderEvent(plainer(event, words), terminal)}`);
      }
    }
  } catch (error) {
    throw isTimeout(error) ? tooSlow(await readCase(service, id), error) : error;
  }
  return { sentAt, delivery, case: await readCase(service, id) };
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
    throw new CommandError(EXIT.failed, `The demo failed: Okta was answered with 204, but there is no case of ${email}.`);
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
