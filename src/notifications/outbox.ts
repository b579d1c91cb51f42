import type { Tx } from '../database/database.ts';
import type { NewId } from '../kernel/ids.ts';
import { type OperatorHappening, subjectOf } from './happening.ts';
import { addressesFor, type Recipients } from './recipients.ts';
import { insertMessages, insertUnlessTold, type NewMessage } from './store.ts';

/**
 * Puts what the operators are to be told into the outbox, one message for each of them: it goes out once the transaction is committed, and never if it is
 * not.
 */
export type Tell = (tx: Tx, happened: readonly OperatorHappening[]) => void;

export interface TellNeeds {
  readonly recipients: Recipients;
  readonly newId: NewId;
  /** Called when messages were committed, so that a sender in this process need not look for them. */
  readonly onTold: () => void;
}

/** A target that comes and goes is told of no more often than this. */
const QUIET_MS = 1_800_000;

export function createTell({ recipients, newId, onTold }: TellNeeds): Tell {
  const messagesOf = (happened: OperatorHappening): NewMessage[] => {
    const told = { event: happened.event, subject: subjectOf(happened), occurrence: newId(), facts: happened };
    return addressesFor(happened.event, recipients).map((address) => ({ id: newId(), ...told, ...address }));
  };
  return (tx, happened) => {
    const messages = happened.flatMap(messagesOf);
    if (messages.length === 0) return;
    const isOutage = ({ event }: NewMessage): boolean => event === 'target.down';
    insertMessages(
      tx,
      messages.filter((one) => !isOutage(one)),
    );
    insertUnlessTold(tx, messages.filter(isOutage), QUIET_MS);
    tx.afterCommit(onTold);
  };
}
