import { actionErrorOf, type Fault, resultOfFault } from '../fault.ts';
import type { ActionResult } from '../target.ts';
import type { Membership } from './facts.ts';

type Place = Pick<Membership, 'workspaceId' | 'name'>;

/** A change in a workspace that came to nothing: the answers that are documented say who has to do what. `ifUnknown` is what to do about an account that nobody knows. */
export function explained(target: string, { workspaceId, name }: Place, fault: Fault, ifUnknown?: string): ActionResult {
  const advice = adviceOn(target, `workspace ${workspaceId} (${name})`, fault.status, ifUnknown);
  return advice === undefined ? resultOfFault(fault) : { kind: 'refused', error: { ...actionErrorOf(fault), message: advice } };
}

/** @see https://docs.flashback.tech/support-reference/platform-api-reference/workspace */
function adviceOn(target: string, where: string, status: number | undefined, ifUnknown: string | undefined): string | undefined {
  const account = `the account to which targets[${target}].token belongs`;
  switch (status) {
    case 400:
      return `${target}: nobody was changed in ${where}, because ${account} is unknown there or not validated (400). Validate it, or give Leaver the token of another account, then retry.`;
    case 403:
      return `${target}: nobody was changed in ${where}, because ${account} is no ADMIN of it (403). Make it one, or make the change there by hand, then retry.`;
    case 404:
      return (
        ifUnknown &&
        `${target}: nobody was changed in ${where}, because the account that was to be put there is not known (404). ${ifUnknown}`
      );
    default:
      return undefined;
  }
}
