import { isDeepStrictEqual } from 'node:util';
import { type Database, inTransaction, inTransactionWith, isKeyTaken, type Tx } from '../../database/database.ts';
import { emailKey } from '../../directory/directory.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { NewId } from '../../kernel/ids.ts';
import type { Json } from '../../kernel/json.ts';
import type { Log } from '../../kernel/log.ts';
import type { IntakeInside } from '../intake.ts';
import type { Signal } from '../signal.ts';
import { applyPatch, type Document, readResource } from './apply-patch.ts';
import { keysOf } from './check-resource.ts';
import { type Conditions, checkBeforeWrite } from './etag.ts';
import { changeMembers, type GroupName, readGroupsOf, readMembers } from './member-store.ts';
import { compareMembers, splitMembers, withMembers } from './members.ts';
import { readPatch } from './read-patch.ts';
import type { ResourceType } from './schemas.ts';
import { scimFault } from './scim-error.ts';
import {
  deleteResource,
  insertResource,
  isNameTaken,
  type Locked,
  lockResource,
  type Row,
  readResources,
  readUsersWithAddress,
  type Stored,
  toLocked,
  updateResource,
} from './store.ts';
import { introductionOf, signalOf, type UserChange, type Write } from './user.ts';

export interface WriteNeeds {
  readonly db: Database;
  readonly intake: IntakeInside;
  readonly newId: NewId;
  readonly log: Log;
}

/** The resource with its members, as it is after a write. */
export interface Written {
  readonly stored: Stored;
  readonly document: Document;
  /** Those that a user is in. */
  readonly groups: readonly GroupName[];
}

/** Which resource a write is about. */
export interface Target {
  readonly type: ResourceType;
  readonly id: string;
  readonly conditions: Conditions;
}

/** POST: makes a resource. */
export async function createResource(needs: WriteNeeds, write: Write, type: ResourceType, body: Json): Promise<Written> {
  const { active = true, ...rest } = readResource(type, body);
  const document = type.name === 'User' ? { ...rest, active } : readResource(type, body);
  const keys = keysOf(type, document);
  return await writing(needs, type, async (tx) => {
    const stored: Stored = {
      id: needs.newId(),
      connection: write.connection,
      kind: type.name,
      ...keys,
      version: 1,
      createdAt: tx.now,
      changedAt: tx.now,
      document: splitMembers(document).document,
    };
    await refuseTakenName(tx, stored);
    insertResource(tx, stored);
    await changeMembers(tx, stored, [], splitMembers(document).members);
    await tell(needs, tx, write, type, { id: stored.id, before: null, after: document, version: 1, at: tx.now });
    return { stored, document, groups: [] };
  });
}

/** PATCH: changes what the operations name, all of it or nothing. */
export async function patchResource(needs: WriteNeeds, write: Write, target: Target, body: Json): Promise<Written> {
  const operations = readPatch(body);
  return await changeResource(needs, write, target, (before) => applyPatch(target.type, target.id, before, operations));
}

/**
 * PUT: the resource is what the body says. Two attributes stay as they are when the body does not name them: nobody comes back or leaves because
 * `active` was left out, and a client that forgets `externalId` takes nobody's identity away.
 */
export async function replaceResource(needs: WriteNeeds, write: Write, target: Target, body: Json): Promise<Written> {
  const after = readResource(target.type, body);
  return await changeResource(needs, write, target, (before) => {
    const kept = ['active', 'externalId'].filter((name) => name in before && !(name in after));
    return { ...after, ...Object.fromEntries(kept.map((name) => [name, before[name] ?? null])) };
  });
}

/** DELETE. */
export async function removeResource(needs: WriteNeeds, write: Write, target: Target): Promise<void> {
  await writingLocked(needs, write, target, async (tx, { stored, at }) => {
    deleteResource(tx, stored);
    await tell(needs, tx, write, target.type, { id: stored.id, before: stored.document, after: null, version: stored.version + 1, at });
  });
}

async function changeResource(needs: WriteNeeds, write: Write, target: Target, change: (before: Document) => Document): Promise<Written> {
  return await writingLocked(needs, write, target, async (tx, { stored, at }) => {
    const isGroup = target.type.name === 'Group';
    const members = isGroup ? ((await readMembers(tx.sql, [stored.id])).get(stored.id) ?? []) : [];
    const before = withMembers(stored.document, members);
    const after = change(before);
    if (isDeepStrictEqual(before, after)) {
      return { stored, document: before, groups: await groupsOf(tx, stored) };
    }
    const { document, members: staying } = isGroup ? splitMembers(after) : { document: after, members: [] };
    const changed = { ...stored, ...keysOf(target.type, after), version: stored.version + 1, changedAt: at, document };
    if (changed.nameKey !== stored.nameKey) {
      await refuseTakenName(tx, changed);
    }
    updateResource(tx, changed);
    const { gone, added } = compareMembers(members, staying);
    await changeMembers(tx, stored, gone, added);
    const userChange = { id: stored.id, before, after, version: changed.version, at };
    const [groups] = await Promise.all([groupsOf(tx, stored), tell(needs, tx, write, target.type, userChange)]);
    return { stored: changed, document: after, groups };
  });
}

async function groupsOf(tx: Tx, { connection, id, kind }: Stored): Promise<readonly GroupName[]> {
  return kind === 'Group' ? [] : ((await readGroupsOf(tx.sql, connection, [id])).get(id) ?? []);
}

export function noResource(type: ResourceType, id: string): LeaverError {
  return new LeaverError('not-found', `There is no ${type.name} with the id ${JSON.stringify(id.slice(0, 60))}.`);
}

async function refuseTakenName(tx: Tx, stored: Stored): Promise<void> {
  if (stored.kind === 'User' && (await isNameTaken(tx, stored))) {
    throw nameTaken();
  }
}

function nameTaken(cause?: unknown): LeaverError {
  return scimFault('uniqueness', 'Another user has this userName; case makes no difference. Nothing was stored.', cause);
}

/** One transaction for the resource, what it tells of somebody leaving, and that case. */
async function writing<T>({ db }: WriteNeeds, type: ResourceType, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await orNameTaken(type, async () => await inTransaction(db, work));
}

/** The same for a resource that is there, and that nobody else writes meanwhile. */
async function writingLocked<T>(
  { db }: WriteNeeds,
  { connection }: Write,
  { type, id, conditions }: Target,
  work: (tx: Tx, locked: Locked) => Promise<T>,
): Promise<T> {
  const opening = lockResource(db, { connection, kind: type.name, id });
  const onFound = async (tx: Tx, ...found: [readonly Row[], readonly { at: Date }[]]): Promise<T> => {
    const locked = toLocked(type.name, ...found);
    if (!locked) {
      throw noResource(type, id);
    }
    checkBeforeWrite(conditions, locked.stored.version);
    return await work(tx, locked);
  };
  return await orNameTaken(type, async () => await inTransactionWith(db, opening, onFound));
}

async function orNameTaken<T>(type: ResourceType, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw type.name === 'User' && isKeyTaken(error) ? nameTaken(error) : error;
  }
}

/** Makes a signal of what the change of a user means, or lets the directory know by which id and address the identity provider knows them. */
async function tell({ intake, log }: WriteNeeds, tx: Tx, write: Write, type: ResourceType, change: UserChange): Promise<void> {
  const signal = type.name === 'User' ? (signalOf(change, write) ?? introductionOf(change, write)) : null;
  if (signal) {
    const dispositions = await intake.acceptIn(tx, [await withoutShared(tx, change, signal)]);
    const { connection, channel, kind } = signal;
    tx.afterCommit(() => log.info({ connection, channel, kind, dispositions }, 'a write was taken in'));
  }
}

/** What somebody was called until now tells who they are; not where another user is still called so, and there is no id. */
async function withoutShared(tx: Tx, { id }: UserChange, signal: Signal): Promise<Signal> {
  const { connection, subject, formerly = null } = signal;
  if (!formerly?.email || formerly.id !== null || formerly.email === subject?.email) {
    return signal;
  }
  const key = emailKey(formerly.email);
  const [named, addressed] = await Promise.all([
    readResources(tx.sql, { connection, kind: 'User', nameKey: key }, { offset: 0, limit: 1 }),
    readUsersWithAddress(tx.sql, connection, key),
  ]);
  return [...named, ...addressed].some((user) => user.id !== id) ? { ...signal, formerly: null } : signal;
}
