import type { Happening } from './happening.ts';

/** What a template of the event can name: texts of one line, and lists of such. */
export type View = Readonly<Record<string, string | boolean | readonly Readonly<Record<string, string>>[]>>;

const LONGEST = 1_000;
const MOST_LISTED = 100;

/** What the templates of a happening can name. What people have written (a name, a reason) is one line of bounded length, so that it cannot pose as more. */
export function viewOf(happened: Happening): View {
  switch (happened.event) {
    case 'case.held':
    case 'case.attention':
      return caseView(happened.case);
    case 'case.completed': {
      const notOffered = happened.notOffered.map(({ target, action }) => ({ target: line(target), action: line(action) }));
      return { ...caseView(happened.case), ...listed('notOffered', notOffered) };
    }
    case 'target.down':
      return { target: line(happened.target), since: happened.since };
    case 'intake.silent':
      return { connection: line(happened.connection), since: happened.since, hours: String(happened.hours) };
    case 'successor.received':
      return {
        leaver: nameOf(happened.leaver),
        target: line(happened.target),
        ...listed(
          'workspaces',
          happened.workspaces.map(({ id, name }) => ({ id: line(id), name: line(name) })),
        ),
        hasTokens: happened.tokens !== 0 && happened.keepsKeys !== true,
        keepsKeys: happened.keepsKeys === true,
        tokens: happened.tokens === null ? '' : String(happened.tokens),
        ...listed(
          'webhooks',
          happened.webhooks.map(({ id, appId, host }) => ({
            id: line(id),
            app: line(appId ?? 'an app without a name'),
            host: line(host ?? ''),
          })),
        ),
      };
  }
}

type TheCase = Extract<Happening, { readonly event: 'case.held' | 'case.attention' }>['case'];

function caseView({ id, playbook, person, reason }: TheCase): View {
  return {
    caseId: id,
    person: nameOf(person),
    email: line(person.email),
    isContain: playbook === 'contain',
    reason: line(reason ?? 'no reason was recorded'),
  };
}

function nameOf({ name, email }: { readonly name: string | null; readonly email: string }): string {
  const isOnlyTheAddress = name === null || name === '' || name.toLowerCase() === email.toLowerCase();
  return line(isOnlyTheAddress ? email : `${name} (${email})`);
}

/** A list under its name, whether it has anything, and how many of it are not listed. */
function listed(name: string, items: readonly Readonly<Record<string, string>>[]): View {
  const more = items.length - MOST_LISTED;
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return { [name]: items.slice(0, MOST_LISTED), [`has${title}`]: items.length > 0, [`more${title}`]: more > 0 ? String(more) : '' };
}

/** Line ends, and everything else that is not seen, become spaces. */
function line(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
