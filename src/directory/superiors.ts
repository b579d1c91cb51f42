import type { Clock } from '../kernel/clock.ts';
import { emailKey } from './match.ts';
import type { ManagerReading, ManagerRef, ManagerSource, NoManager, ReadSubject } from './reader.ts';

/** Somebody above the leaver, as an identity provider names them. */
export interface Superior {
  readonly source: 'manager' | "manager's manager";
  /** How to call them where no e-mail may stand. */
  readonly ref: string;
  /** The best one first; none where no address is known. */
  readonly emails: readonly string[];
  /** Who says so. */
  readonly connection: string;
  /** Whether the identity provider says that they are still there; null when it did not say. */
  readonly isActive: boolean | null;
}

/** Those above the leaver, nearest first; `notes` say why there are no more of them, without naming anybody. */
export type Superiors =
  | { readonly kind: 'superiors'; readonly superiors: readonly Superior[]; readonly notes: readonly string[] }
  | { readonly kind: 'unreadable'; readonly detail: string; readonly retryAfterMs?: number };

/**
 * Who is above the person with this e-mail: what the first connection says that names anybody. While `patient`, one that cannot be read is an answer by
 * itself, so that whoever asks can come back; afterwards it is passed over, and the notes say so.
 */
export type SuperiorsOf = (email: string, patient: boolean, signal: AbortSignal) => Promise<Superiors>;

export interface SuperiorsNeeds {
  /** In the order in which they are asked. */
  readonly sources: readonly ManagerSource[];
  /** The id by which a connection knows whoever has the e-mail; null when it has named none. */
  readonly idAt: (connection: string, email: string) => Promise<string | null>;
  /** The addresses that whoever has this id or e-mail is known to have at present. */
  readonly addressesOf: (who: {
    readonly connection: string;
    readonly id: string | null;
    readonly email: string | null;
  }) => Promise<string[]>;
  readonly clock: Clock;
}

/** So long an answer stands: somebody with a thousand workspaces has one person above them all the while. */
const FRESH_MS = 15_000;

export function createSuperiors({ sources, idAt, addressesOf, clock }: SuperiorsNeeds): SuperiorsOf {
  const recent = new Map<string, { readonly until: number; readonly superiors: Superiors }>();
  return async (email, patient, signal) => {
    const now = clock.monotonic();
    for (const [key, { until }] of recent) if (until <= now) recent.delete(key);
    const known = recent.get(emailKey(email));
    if (known) return known.superiors;
    const superiors = await ask(email, patient, signal);
    if (superiors.kind === 'superiors') recent.set(emailKey(email), { until: now + FRESH_MS, superiors });
    return superiors;
  };

  async function ask(email: string, patient: boolean, signal: AbortSignal): Promise<Superiors> {
    const notes: string[] = [];
    for (const source of sources) {
      const climbed = await climb(source, { id: await idAt(source.connection, email), email }, patient, signal);
      if (climbed.kind === 'unreadable') return climbed;
      notes.push(...climbed.notes);
      if (climbed.superiors.length > 0) return { ...climbed, notes };
    }
    return { kind: 'superiors', superiors: [], notes };
  }

  /** Two steps up, and no further: with two, a circle of managers has an end. */
  async function climb(
    { connection, managerOf }: ManagerSource,
    leaver: ReadSubject,
    patient: boolean,
    signal: AbortSignal,
  ): Promise<Superiors> {
    const superiors: Superior[] = [];
    let below = leaver;
    for (const source of ['manager', "manager's manager"] as const) {
      const reading = await managerOf(below, signal);
      if (reading.kind === 'unreadable' && patient) return unreadable(connection, reading);
      if (reading.kind !== 'manager') return { kind: 'superiors', superiors, notes: [noteOn(connection, source, reading)] };
      const { manager, isActive } = reading;
      superiors.push({ source, ref: refOf(connection, manager), emails: await addressesFor(connection, manager), connection, isActive });
      below = manager;
    }
    return { kind: 'superiors', superiors, notes: [] };
  }

  async function addressesFor(connection: string, { id, email, aliases = [] }: ManagerRef): Promise<string[]> {
    const all = [...(email === null ? [] : [email]), ...aliases, ...(await addressesOf({ connection, id, email }))];
    return all.filter((one, index) => all.findIndex((other) => emailKey(other) === emailKey(one)) === index);
  }
}

function unreadable(connection: string, { detail, retryAfterMs }: Extract<ManagerReading, { kind: 'unreadable' }>): Superiors {
  const patience = retryAfterMs !== undefined && { retryAfterMs };
  return { kind: 'unreadable', detail: `${connection} could not say who the manager is: ${detail}`, ...patience };
}

/** An id is nobody's name; an e-mail is. */
function refOf(connection: string, { id }: ManagerRef): string {
  return id === null ? `whom ${connection} names by an e-mail` : `${id} of ${connection}`;
}

const WORDS: Readonly<Record<NoManager, (who: string) => string>> = {
  'unknown-person': (who) => `does not know whose ${who} to name`,
  'not-named': (who) => `names no ${who}`,
  'only-text': (who) => `names the ${who} only by a text that is neither an id nor an e-mail`,
  lost: (who) => `names a ${who} whom it does not know itself`,
};

function noteOn(connection: string, source: Superior['source'], reading: Exclude<ManagerReading, { kind: 'manager' }>): string {
  return reading.kind === 'none'
    ? `${connection} ${WORDS[reading.why](source)}`
    : `${connection} could not be read for so long that the ${source} was no longer waited for`;
}
