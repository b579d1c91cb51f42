import type { DirectoryReader, Reading } from '../directory/reader.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ActionContext, ActionResult, Performer } from '../targets/target.ts';
import { CONFIRM_ACTION } from './case.ts';

export interface ConfirmerNeeds {
  readonly reader: DirectoryReader;
  /** The id by which the connection knows whoever has the e-mail; null when it has named none. */
  readonly idOf: (email: string) => Promise<string | null>;
  readonly clock: Clock;
}

/** An identity provider may say for a moment that somebody is active whom it has just told to be gone. */
const PAUSES_MS = [1_000, 2_000];

/** Asks the identity provider of a connection whether somebody has really left: what it says decides, and not the message. */
export function createConfirmer({ reader, idOf, clock }: ConfirmerNeeds): Performer {
  const { connection } = reader;
  const ask = async ({ person: { email }, signal }: ActionContext): Promise<ActionResult> => {
    const id = await idOf(email);
    let reading = await reader.read({ id, email }, signal);
    for (const pause of PAUSES_MS) {
      if (reading.kind === 'active') {
        await clock.sleep(pause, signal);
        reading = await reader.read({ id, email }, signal);
      }
    }
    return meaningOf(reading, connection, id);
  };
  return {
    ...confirms(connection, 'it only reads: the person, at the identity provider'),
    perform: async (_action, context) => await ask(context),
    probe: async (signal) => await reader.probe(signal),
  };
}

/** Stands where nobody can be asked, and where everything is to be confirmed: a person does it. */
export function createPersonalConfirmer(connection: string): Performer {
  const reason = `policy.confirm is "always", and ${connection} has no reader that could confirm the departure: approve to go on, or cancel`;
  return {
    ...confirms(connection, 'a person approves'),
    perform: async () => ({ kind: 'ask-first', reason }),
    probe: async () => ({ reachable: true, detail: 'a person confirms' }),
  };
}

function confirms(connection: string, observed: string): Pick<Performer, 'id' | 'actions'> {
  return { id: connection, actions: [{ action: CONFIRM_ACTION, phase: 'inventory', after: [], playbooks: ['offboard'], observed }] };
}

function meaningOf(reading: Reading, connection: string, id: string | null): ActionResult {
  const read = { reading: reading.kind, askedBy: id === null ? 'e-mail' : 'id', userId: id };
  switch (reading.kind) {
    case 'gone':
    case 'going':
      return { kind: 'done', outcome: 'verified', facts: { ...read, detail: reading.detail } };
    case 'active':
      return { kind: 'ask-first', reason: contradiction(connection, `says that the person is active (${reading.detail})`) };
    case 'unknown-person':
      // Whom it has named by an id and does not know any more is deleted; an address alone may just be another one there.
      return id !== null
        ? { kind: 'done', outcome: 'verified', facts: { ...read, detail: `${connection} does not know this id any more` } }
        : { kind: 'ask-first', reason: contradiction(connection, `knows nobody with this e-mail (${reading.detail})`) };
    case 'unreadable':
      return unreadable(reading, connection);
  }
}

function contradiction(connection: string, says: string): string {
  return `${connection} ${says}; the person is locked out, and nothing that is hard to reverse is done. Approve to go on, or cancel to give the account back`;
}

function unreadable({ detail, retryAfterMs }: Extract<Reading, { kind: 'unreadable' }>, connection: string): ActionResult {
  const message = `${connection}: whether the person has left could not be read back (${detail}). Nothing that is hard to reverse is done until it can.`;
  const patience = retryAfterMs !== undefined && { afterMs: retryAfterMs };
  return { kind: 'retry-later', error: { code: 'target-unavailable', message }, ...patience, targetDown: true };
}
