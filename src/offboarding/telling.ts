import type { OperatorHappening } from '../notifications/notifications.ts';
import type { Case, Snapshot } from './case.ts';

type Told = { readonly email: string; readonly name: string | null };

/** What of a change operators are told: that the case came to where a person is needed, or to its end. A case that stays there is not told of again. */
export function worthTelling(
  { before, after }: { readonly before: Snapshot; readonly after: Snapshot },
  person: Told,
): OperatorHappening[] {
  const { state } = after.case;
  if (state === before.case.state) return [];
  switch (state) {
    case 'held':
    case 'attention':
      return [{ event: `case.${state}`, case: described(after.case, person) }];
    case 'completed': {
      const notOffered = after.steps.filter(({ outcome }) => outcome === 'not-offered').map(({ target, action }) => ({ target, action }));
      return [{ event: 'case.completed', case: described(after.case, person), notOffered }];
    }
    default:
      return [];
  }
}

/** Of a case that is opened for somebody to approve it. */
export function heldFromTheStart(opened: Pick<Case, 'id' | 'playbook' | 'hold'>, person: Told): OperatorHappening[] {
  return opened.hold === null ? [] : [{ event: 'case.held', case: described({ ...opened, reason: opened.hold }, person) }];
}

function described({ id, playbook, reason }: Pick<Case, 'id' | 'playbook' | 'reason'>, { email, name }: Told) {
  return { id, playbook, person: { email, name }, reason };
}
