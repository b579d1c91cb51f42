import { type CaseAnswer, isAtRest } from './answers.ts';
import { renderCase } from './case-view.ts';
import { createTeller, renderEvent } from './event-line.ts';
import { CommandError, EXIT } from './exit.ts';
import { type FollowedEvent, followUntilRest, readCase } from './follow.ts';
import { createLiveView } from './live-view.ts';
import { note, say } from './output.ts';
import type { Service } from './service.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** Shows what happens in a case. */
export interface CaseWatcher {
  happened(event: FollowedEvent): Promise<void>;
  /** Called once, at the end; with the case when it has come to rest. */
  close(last: CaseAnswer | null): void;
}

export interface WatchOptions {
  readonly json: boolean;
  /** The case as the service told it, for `json`. */
  readonly text: string;
}

/**
 * Shows what happens in the case until nothing more happens by itself. Done when the case is completed; a case that needs a person, or was
 * cancelled, ends the command as failed.
 */
export async function watchCase(service: Service, first: CaseAnswer, { json, text }: WatchOptions): Promise<void> {
  const terminal = openTerminal();
  if (json) {
    say(text);
  } else if (isAtRest(first.state)) {
    say(...renderCase(first, new Date(), terminal));
  }
  refuseUnlessCompleted(isAtRest(first.state) ? first : await watchUntilRest(service, first, openWatcher(service, first, json, terminal)));
}

async function watchUntilRest(service: Service, { id }: CaseAnswer, watcher: CaseWatcher): Promise<CaseAnswer> {
  const lost = (): void => note('The connection to Leaver was lost; it is taken up again.');
  let last: CaseAnswer | null = null;
  try {
    for await (const event of followUntilRest(service, id, { lost })) {
      await watcher.happened(event);
    }
    last = await readCase(service, id);
    return last;
  } finally {
    watcher.close(last);
  }
}

function refuseUnlessCompleted({ state, reason, id }: CaseAnswer): void {
  switch (state) {
    case 'completed':
      return;
    case 'held':
      throw new CommandError(EXIT.failed, `The case is held: ${reason}\nTo let it go on: leaver approve ${id} --reason <why>`);
    case 'attention':
      throw new CommandError(EXIT.failed, `The case needs a person: ${reason}\nWhen that is done: leaver retry ${id} --reason <why>`);
    default:
      throw new CommandError(EXIT.failed, `The case is ${state}, and not completed.`);
  }
}

function openWatcher(service: Service, first: CaseAnswer, json: boolean, terminal: Terminal): CaseWatcher {
  if (json) {
    return { happened: async ({ raw }) => say(raw), close: () => undefined };
  }
  return terminal.live ? createLiveView(terminal, first, async () => await readCase(service, first.id)) : createLineView(terminal);
}

/** A line for each recorded change, and nothing else: for pipes and logs. */
function createLineView(terminal: Terminal): CaseWatcher {
  const tell = createTeller();
  return { happened: async (event) => say(`${event.at}  ${renderEvent(tell(event), terminal)}`), close: () => undefined };
}
