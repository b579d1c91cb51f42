import { isEmail, type Subject } from '../../directory/directory.ts';
import type { Meaning } from '../signal.ts';
import { type OktaEntity, type OktaEvent, targetsOf } from './event.ts';

/** What somebody does with a session of their own: these events need not name a target, because the actor is the person. */
const OWN_SESSION: ReadonlySet<string> = new Set(['user.session.start', 'user.session.end', 'user.session.context.change']);

/** Whom an event is about; where nobody can be told for certain, why. */
export interface Named {
  readonly subject: Subject | null;
  readonly note: string | null;
}

/**
 * The affected person: the one target of type User. The actor is whoever did it, as a rule an administrator, and never the person; but for the
 * events of somebody's own session that name no account at all, and then only to lock out, which can be taken back.
 */
export function subjectOf(event: OktaEvent, meaning: Meaning): Named {
  const users = targetsOf(event, 'User');
  const ids = new Set(users.map(({ id, alternateId }) => id ?? alternateId));
  if (ids.size > 1 || emailKeysOf(users).size > 1) {
    return { subject: null, note: 'the event names more than one user' };
  }
  const appUsers = targetsOf(event, 'AppUser');
  if (users.length + appUsers.length === 0) {
    return ownerOfSession(event, meaning);
  }
  const email = users.length > 0 ? (users.map(emailOf).find((one) => one !== null) ?? null) : onlyEmailOf(appUsers);
  return named(users[0]?.id ?? null, email, users[0]?.displayName ?? null);
}

function named(id: string | null, email: string | null, name: string | null): Named {
  return id === null && email === null
    ? { subject: null, note: 'the event names no user who could be told for certain' }
    : { subject: { id, email, name }, note: null };
}

function ownerOfSession({ eventType, actor }: OktaEvent, meaning: Meaning): Named {
  const isOwner = meaning === 'contain' && OWN_SESSION.has(eventType) && actor?.type === 'User' && actor.id !== null;
  return isOwner ? named(actor.id, emailOf(actor), actor.displayName ?? null) : named(null, null, null);
}

function onlyEmailOf(targets: readonly OktaEntity[]): string | null {
  const emails = emailKeysOf(targets);
  return emails.size === 1 ? ([...emails][0] ?? null) : null;
}

function emailKeysOf(targets: readonly OktaEntity[]): Set<string> {
  return new Set(targets.flatMap((target) => emailOf(target)?.toLowerCase() ?? []));
}

function emailOf(target: OktaEntity): string | null {
  const login = target.alternateId ?? '';
  return isEmail(login) ? login : null;
}
