import type { Query } from './directory.ts';
import { type Candidates, emailKey, type KnownPerson } from './match.ts';

/** A person and one of the ids by which a connection knows them, if any. */
export interface BookEntry extends KnownPerson {
  readonly connection: string | null;
  readonly subject: string | null;
}

/** Everybody whom some queries could mean. What one query teaches is there for the next. */
export interface Book {
  candidatesOf(query: Query): Candidates;
  add(entry: BookEntry): void;
}

export function openBook(entries: readonly BookEntry[]): Book {
  const byEmail = new Map<string, KnownPerson>();
  const byId = new Map<string, KnownPerson>();
  const idOf = new Map<string, string>();
  const add = ({ id, email, connection, subject }: BookEntry): void => {
    byEmail.set(emailKey(email), { id, email });
    if (connection !== null && subject !== null) {
      byId.set(`${connection} ${subject}`, { id, email });
      idOf.set(`${connection} ${id}`, subject);
    }
  };
  for (const entry of entries) {
    add(entry);
  }
  return {
    add,
    candidatesOf: ({ connection, subject }) => {
      const owner = subject.email === null ? null : (byEmail.get(emailKey(subject.email)) ?? null);
      return {
        byId: subject.id === null ? null : (byId.get(`${connection} ${subject.id}`) ?? null),
        byEmail: owner,
        idOfEmail: owner ? (idOf.get(`${connection} ${owner.id}`) ?? null) : null,
      };
    },
  };
}
