import { openedAnswer } from './answers.ts';
import { headOf } from './case-view.ts';
import { note, say } from './output.ts';
import { connectTo } from './service.ts';
import type { AnswerOptions } from './service-options.ts';
import { openTerminal } from './terminal.ts';
import { watchCase } from './watch.ts';

export interface OpenOptions extends AnswerOptions {
  readonly reason: string;
  readonly watch?: boolean;
}

/** What is recorded when nobody says why. */
export const DEFAULT_REASON = 'asked for on the command line';

/** Asks for the case of a person, and stays to watch it when told so. */
export async function openCase(email: string, playbook: 'offboard' | 'contain', options: OpenOptions): Promise<void> {
  const service = connectTo(options);
  const answer = await service.post('/v1/cases', { email, playbook, reason: options.reason });
  const { case: opened } = answer.read(openedAnswer);
  if (options.watch) {
    await watchCase(service, opened, { json: options.json ?? false, text: answer.text });
  } else if (options.json) {
    say(answer.text);
  } else {
    say(...headOf(opened, openTerminal()));
    note(opened.state === 'held' ? `It is held: ${opened.reason}` : `To watch it: leaver show ${opened.id} --watch`);
  }
}
