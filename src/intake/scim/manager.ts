import type { Database } from '../../database/database.ts';
import { emailKey, isEmail } from '../../directory/directory.ts';
import type { ManagerReading, ManagerSource, ReadSubject } from '../../directory/reader.ts';
import { isId } from '../../kernel/ids.ts';
import type { Document } from './apply-patch.ts';
import { nameKeyOf } from './check-resource.ts';
import { isObject, memberOf } from './json-values.ts';
import { ENTERPRISE_SCHEMA } from './schemas.ts';
import { type Narrowing, readResources, readUsersWithAddress, type Stored } from './store.ts';
import { isActive, type Provider, subjectOf } from './user.ts';

export interface ScimManagersNeeds {
  readonly connection: string;
  readonly provider: Provider;
  readonly db: Database;
}

/**
 * The managers of whom an identity provider told over SCIM. It may have named one by the id that we gave them, by its own id, by a user name or an
 * e-mail, or by any text; whoever is written in the same directory is told by what is written of them there.
 */
export function createScimManagers(needs: ScimManagersNeeds): ManagerSource {
  return {
    connection: needs.connection,
    managerOf: async (subject, signal) => {
      signal.throwIfAborted();
      const [user, another] = await usersBehind(needs, subject);
      const whose = subject.id ?? subject.email;
      if (!user || another)
        return { kind: 'none', why: 'unknown-person', detail: `${user ? 'more than one user is' : 'nobody is'} ${whose}` };
      const manager = managerIn(user.document);
      if (!manager) return { kind: 'none', why: 'not-named', detail: `no manager of ${whose} was told` };
      return await followed(needs, manager);
    },
  };
}

interface Named {
  readonly value: string;
  readonly displayName: string | null;
}

function managerIn(user: Document): Named | null {
  const extension = user[ENTERPRISE_SCHEMA];
  const manager = isObject(extension) ? memberOf(extension, 'manager') : undefined;
  if (!isObject(manager)) return null;
  const value = memberOf(manager, 'value');
  const displayName = memberOf(manager, 'displayName');
  const name = typeof displayName === 'string' ? displayName : null;
  return typeof value === 'string' && value.trim() !== '' ? { value: value.trim(), displayName: name } : null;
}

async function followed(needs: ScimManagersNeeds, { value, displayName }: Named): Promise<ManagerReading> {
  const [manager, another] = await usersBehind(needs, { id: value, email: value });
  if (another) return { kind: 'none', why: 'lost', detail: `more than one user is ${value}` };
  if (manager) return known(needs.provider, manager);
  if (isEmail(value)) return { kind: 'manager', manager: { id: null, email: value, name: displayName }, isActive: null };
  return {
    kind: 'none',
    why: isId(value) ? 'lost' : 'only-text',
    detail: `the manager is said to be ${displayName ?? value}, whom nobody can find by that`,
  };
}

function known(provider: Provider, { id, document }: Stored): ManagerReading {
  const subject = subjectOf(document, provider);
  const manager = { id: subject?.id ?? id, email: subject?.email ?? null, name: subject?.name ?? null };
  return { kind: 'manager', manager, isActive: isActive(document) };
}

const TWO = { offset: 0, limit: 2 } as const;

/** By each of the ways in which somebody can be named, the most certain one first. */
async function usersBehind({ db, connection }: ScimManagersNeeds, { id, email }: ReadSubject): Promise<Stored[]> {
  const narrowings: Narrowing[] = [
    ...(id === null
      ? []
      : [
          { connection, kind: 'User' as const, id },
          { connection, kind: 'User' as const, externalId: id },
        ]),
    ...(email === null ? [] : [{ connection, kind: 'User' as const, nameKey: nameKeyOf(email) }]),
  ];
  for (const narrowing of narrowings) {
    const found = await readResources(db, narrowing, TWO);
    if (found.length > 0) return found;
  }
  return email !== null && isEmail(email) ? await readUsersWithAddress(db, connection, emailKey(email)) : [];
}
