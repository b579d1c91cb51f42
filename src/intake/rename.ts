import type { Tx } from '../database/database.ts';
import { type Directory, emailKey, type Query } from '../directory/directory.ts';
import type { Signal } from './signal.ts';
import { eventKey, readKnownEvents } from './store.ts';

/**
 * Learns the addresses to which senders say that people have changed, and notes in each such signal what came of it. Nobody is made by it, and no
 * address is taken from somebody else: whoever is not known for certain by the old name is not known by the new one either.
 */
export async function followRenames(directory: Directory, tx: Tx, signals: readonly Signal[]): Promise<readonly Signal[]> {
  const renames = signals.filter(({ renamed }) => renamed !== undefined);
  if (renames.length === 0) {
    return signals;
  }
  const known = await readKnownEvents(tx, renames);
  const notes = new Map<Signal, string>();
  for (const signal of renames.filter((one) => !known.has(eventKey(one))).sort(byNewAddress)) {
    notes.set(signal, [signal.note ?? [], await follow(directory, tx, signal)].flat().join('; '));
  }
  return signals.map((signal) => ({ ...signal, note: notes.get(signal) ?? signal.note }));
}

/** In one order, so that two transactions with the same people do not wait for each other crosswise. */
function byNewAddress(a: Signal, b: Signal): number {
  return (a.renamed?.email ?? '') < (b.renamed?.email ?? '') ? -1 : 1;
}

async function follow(directory: Directory, tx: Tx, signal: Signal): Promise<string> {
  const query = await queryOf(directory, tx, signal);
  if (query === null) {
    return 'nobody is known for certain by the old one, so nothing was learned';
  }
  const [found] = await directory.resolve(tx, [query]);
  const key = emailKey(signal.renamed?.email ?? '');
  const isTheirs = found?.kind === 'person' && [found.person.email, ...found.person.aliases].some((email) => emailKey(email) === key);
  return isTheirs ? 'the new one is known as theirs from now on' : 'the new one belongs to somebody else here, so nothing was learned';
}

/** Whom the connection knows by an id is renamed; of anybody else it is certain only that they have another address besides. */
async function queryOf(directory: Directory, tx: Tx, { connection, renamed, occurredAt: at }: Signal): Promise<Query | null> {
  const { subject, email: next } = renamed ?? { subject: null, email: '' };
  if (subject === null) {
    return null;
  }
  const { email, aliases: _, ...names } = subject;
  const id = names.id ?? (email === null ? null : await directory.idAt(tx.sql, connection, email));
  const isKnown = async (who: { id: string | null; email: string | null }): Promise<boolean> =>
    (await directory.addressesOf(tx.sql, { connection, ...who })).length > 0;
  if (!(await isKnown({ id, email }))) {
    return null;
  }
  return id !== null && (await isKnown({ id, email: null }))
    ? { connection, subject: { ...names, id, email: next }, at }
    : { connection, subject: { ...names, email, aliases: [next] }, at };
}
