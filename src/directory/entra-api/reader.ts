import type { Fault, HttpClient } from '../../outbound/outbound.ts';
import { isEmail } from '../match.ts';
import type { DirectoryReader, Known, ManagerReading, ManagerRef, Reading, ReadSubject } from '../reader.ts';
import { unreadable } from '../unreadable.ts';
import { createEntraClient, type EntraClient } from './client.ts';
import type { GraphUser } from './schemas.ts';

export interface EntraReaderNeeds {
  readonly connection: string;
  /** Signed in; closed by whoever opened it, since others use it too. */
  readonly graph: HttpClient;
}

/** Reads people of one Entra tenant; needs the application permission `User.Read.All`, and no other. */
export function createEntraReader({ connection, graph }: EntraReaderNeeds): DirectoryReader {
  const client = createEntraClient(graph);
  return {
    connection,
    read: async (subject, signal) => await read(client, subject, signal),
    managerOf: async (subject, signal) => await readManager(client, subject, signal),
    probe: async (signal) => {
      const answer = await client.anybody(signal);
      if (answer.kind === 'fault') return { reachable: false, detail: answer.message };
      const blind = answer.body.value.some(({ accountEnabled }) => typeof accountEnabled !== 'boolean');
      return blind
        ? { reachable: false, detail: `${connection}: Graph hides accountEnabled from us; grant the application permission User.Read.All` }
        : { reachable: true, detail: `${connection}: Graph lets us read its users` };
    },
    close: async () => {},
  };
}

async function read(client: EntraClient, { id, email }: ReadSubject, signal: AbortSignal): Promise<Reading> {
  if (id === null) {
    return email === null ? nobody('neither an id nor an e-mail is known') : await byAddress(client, email, signal);
  }
  const answer = await client.user(id, signal);
  if (answer.kind === 'fault') return unreadable(answer);
  return answer.status === 200 ? interpret(answer.body) : await amongDeleted(client, id, signal);
}

/** The principal name first, then the mail address: they need not be the same. */
async function byAddress(client: EntraClient, email: string, signal: AbortSignal): Promise<Reading> {
  const answer = await client.user(email, signal);
  if (answer.kind === 'fault') return unreadable(answer);
  if (answer.status === 200) return interpret(answer.body);
  const found = await client.withMail(email, signal);
  if (found.kind === 'fault') return unreadable(found);
  const [only, another] = found.body.value;
  if (another) return nobody(`more than one person in Entra has the address ${email}, so none of them is taken for the one`);
  return only ? interpret(only) : nobody(`Entra knows nobody with the address ${email}`);
}

async function amongDeleted(client: EntraClient, id: string, signal: AbortSignal): Promise<Reading> {
  const answer = await client.deletedUser(id, signal);
  if (answer.kind === 'fault') return unreadable(answer);
  if (answer.status !== 200) return nobody(`Entra knows nobody with the id ${id}, not even among those deleted in the last 30 days`);
  const { userPrincipalName, ...rest } = answer.body;
  return known('gone', { ...rest, userPrincipalName: restoredName(id, userPrincipalName) }, 'deleted, can be restored within 30 days');
}

/** The principal name of a deleted user begins with their id without its hyphens, so that the name is free for somebody else. */
function restoredName(id: string, name: string | null | undefined): string | null {
  const prefix = id.replaceAll('-', '');
  return name?.toLowerCase().startsWith(prefix.toLowerCase()) ? name.slice(prefix.length) : (name ?? null);
}

function interpret(user: GraphUser): Reading {
  if (typeof user.accountEnabled !== 'boolean') {
    return {
      kind: 'unreadable',
      detail: `Graph did not say whether the account of ${user.id} is enabled. Grant the application permission User.Read.All, then retry.`,
    };
  }
  return known(user.accountEnabled ? 'active' : 'gone', user, `accountEnabled ${user.accountEnabled}`);
}

type Described = Pick<GraphUser, 'id' | 'displayName' | 'mail' | 'userPrincipalName'> & Partial<GraphUser>;

function known(kind: Known['kind'], user: Described, detail: string): Known {
  const [email = null, ...aliases] = addressesOf(user);
  return { kind, id: user.id, email, aliases, name: user.displayName ?? null, detail, manager: user.manager ? refOf(user.manager) : null };
}

/** The mail address first, then the principal name, then further ones of the mailbox; each once. */
function addressesOf({ mail, userPrincipalName, proxyAddresses }: Described): string[] {
  const further = (proxyAddresses ?? []).flatMap((one) => (/^smtp:/i.test(one) ? [one.slice(5)] : []));
  const all = [mail, userPrincipalName, ...further].filter((one): one is string => typeof one === 'string' && isEmail(one));
  return all.filter((one, index) => all.findIndex((other) => other.toLowerCase() === one.toLowerCase()) === index);
}

function refOf(manager: Described): ManagerRef {
  const [email = null, ...aliases] = addressesOf(manager);
  return { id: manager.id, email, name: manager.displayName ?? null, ...(aliases.length > 0 && { aliases }) };
}

async function readManager(client: EntraClient, { id, email }: ReadSubject, signal: AbortSignal): Promise<ManagerReading> {
  if (id !== null) return await managerById(client, id, signal);
  // Graph takes the principal name for an id, and a mail address that is another one for nobody.
  const person = email === null ? nobody('neither an id nor an e-mail is known') : await byAddress(client, email, signal);
  if (person.kind === 'unreadable') return person;
  return 'id' in person ? await managerById(client, person.id, signal) : { kind: 'none', why: 'unknown-person', detail: person.detail };
}

async function managerById(client: EntraClient, id: string, signal: AbortSignal): Promise<ManagerReading> {
  const answer = await client.managerOf(id, signal);
  if (answer.kind === 'fault') return unreadable(answer as Fault);
  if (answer.status !== 200) return { kind: 'none', why: 'not-named', detail: `Entra names no manager of ${id}` };
  return { kind: 'manager', manager: refOf(answer.body), isActive: answer.body.accountEnabled ?? null };
}

function nobody(detail: string): Extract<Reading, { readonly kind: 'unknown-person' }> {
  return { kind: 'unknown-person', detail };
}
