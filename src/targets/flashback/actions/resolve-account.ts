import { resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import type { Attempt, FlashbackAction } from '../attempt.ts';
import { readCaller } from '../caller.ts';
import { isPresent, readPeople } from '../people.ts';
import type { Person } from '../schemas.ts';

/**
 * Finds the one account with the person's e-mail, or with another address of theirs where nobody has that one, after a look at whether
 * Leaver's own account can do the work. None is an answer, as is one that was deleted; two are a question for a person, a near match is nobody.
 */
export const resolveAccount: FlashbackAction = {
  action: 'resolve-account',
  phase: 'resolve',
  after: [],
  playbooks: ['offboard', 'contain'],
  observed: "it only reads: the profile of Leaver's account, and the list of people",
  run: async (attempt) => {
    const caller = await readCaller(attempt);
    if (caller.kind === 'fault') return resultOfFault(caller);
    if (caller.kind === 'refused') return caller;
    const people = await readPeople(attempt);
    if (people.kind === 'fault') return resultOfFault(people);
    return concluded(attempt, matching(attempt, people.items), caller.profile.id);
  },
};

interface Matches {
  readonly present: readonly Person[];
  readonly deleted: readonly Person[];
}

function matching({ context: { person } }: Attempt, people: readonly Person[]): Matches {
  const withOneOf = (addresses: readonly string[]) => {
    const keys = new Set(addresses.map((address) => address.toLowerCase()));
    return people.filter(({ email }) => keys.has(email?.toLowerCase() ?? ''));
  };
  const byEmail = withOneOf([person.email]);
  const present = byEmail.filter(isPresent);
  const known = present.length > 0 ? present : withOneOf(person.aliases ?? []).filter(isPresent);
  return { present: known, deleted: byEmail.filter((one) => !isPresent(one)) };
}

function concluded({ site }: Attempt, { present: [person, ...others], deleted }: Matches, callerId: string): ActionResult {
  if (!person) return { kind: 'account-absent', ...(deleted.length > 0 && { facts: { deletedAccounts: deleted.map(({ id }) => id) } }) };
  if (person.id === callerId) return ownAccount(site.id, person.id);
  if (others.length === 0) return done('verified', factsOf(person));
  const ids = [person, ...others].map(({ id }) => id).join(' and ');
  const message = `${site.id}: the accounts ${ids} have the same e-mail address, or two of one person. Leaver touched neither: give the address to one of them only, then retry.`;
  return refused('conflict', message);
}

function ownAccount(target: string, userId: string): ActionResult {
  const reason = `${target}: ${userId} is the account that Leaver itself works with, so nothing is done. Give Leaver a token of another account there (targets[${target}].token), then approve; or cancel the case`;
  return { kind: 'ask-first', reason };
}

function factsOf({ id, orgRole, name, lastName }: Person) {
  const fullName = [name, lastName].filter(Boolean).join(' ');
  return { userId: id, orgRole, name: fullName || null };
}
