import { type CaseAnswer, casesAnswer, isOver } from '../answers.ts';
import type { Service } from '../service.ts';
import type { Leaver } from './leavers.ts';

/** Whether somebody is to be started, or what keeps them from it: a case that does as much already. */
export type Standing = { readonly starts: true } | { readonly starts: false; readonly present: CaseAnswer };

/**
 * Looks up what there is of the person. Whoever has a case already that does what is asked for is not started, so that the same file can be run
 * again; `again` starts those too whose case is over, because they have come back since.
 */
export async function standingOf(service: Service, { email, playbook }: Leaver, again: boolean): Promise<Standing> {
  const { items } = (await service.get('/v1/cases', { email, limit: '1' })).read(casesAnswer);
  const last = items[0];
  if (!last || (last.playbook === 'contain' && playbook === 'offboard')) {
    return { starts: true };
  }
  return again && isOver(last.state) ? { starts: true } : { starts: false, present: last };
}

/** Whether somebody must do something before the person is out: answer, mend, or decide whether a case that was taken back begins anew. */
export function needsPerson({ state }: CaseAnswer): boolean {
  return NEEDY.has(state);
}

const NEEDY: ReadonlySet<string> = new Set(['held', 'attention', 'cancelled', 'reversed']);
