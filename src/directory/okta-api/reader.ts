import { type Fault, readFault } from '../../outbound/outbound.ts';
import { isEmail } from '../match.ts';
import type { DirectoryReader, Known, ManagerReading, ManagerRef, NoManager, Reading, ReadSubject } from '../reader.ts';
import { unreadable } from '../unreadable.ts';
import { createOktaClient, type OktaClient } from './client.ts';
import type { OktaUser } from './schemas.ts';
import { type OktaSite, openOkta } from './sign-in.ts';

/** Reads people of one Okta organization; needs the permission to read users (`okta.users.read`), and no other. */
export function createOktaReader(site: OktaSite): DirectoryReader {
  const http = openOkta(site);
  const client = createOktaClient(http);
  return {
    connection: site.connection,
    read: async (subject, signal) => {
      const found = await find(client, subject, signal);
      return 'profile' in found ? interpret(found) : readingOf(found);
    },
    managerOf: async (subject, signal) => {
      const found = await find(client, subject, signal);
      return 'profile' in found ? await readManager(client, managerIn(found), signal) : withoutPerson(readingOf(found), 'unknown-person');
    },
    probe: async (signal) => {
      const answer = await client.anybody(signal);
      return answer.kind === 'fault'
        ? { reachable: false, detail: answer.message }
        : { reachable: true, detail: `${site.connection}: Okta lets us read its users` };
    },
    close: async () => await http.close(),
  };
}

interface Nobody {
  readonly kind: 'nobody';
  readonly detail: string;
}

async function find(client: OktaClient, { id, email }: ReadSubject, signal: AbortSignal): Promise<OktaUser | Nobody | Fault> {
  if (id !== null) {
    return await byKey(client, id, `Okta knows nobody with the id ${id}`, signal);
  }
  return email === null ? { kind: 'nobody', detail: 'neither an id nor an e-mail is known' } : await byAddress(client, email, signal);
}

async function byKey(client: OktaClient, key: string, nobody: string, signal: AbortSignal): Promise<OktaUser | Nobody | Fault> {
  const answer = await client.user(key, signal);
  if (answer.kind === 'fault') return answer;
  return answer.status === 200 ? answer.body : { kind: 'nobody', detail: nobody };
}

/** By the login first, and then by the e-mail, which may be another address: what the search index holds may be old, so it only leads to the id. */
async function byAddress(client: OktaClient, email: string, signal: AbortSignal): Promise<OktaUser | Nobody | Fault> {
  const nobody = `Okta knows nobody with the address ${email}`;
  const direct = email.includes('/') ? null : await byKey(client, email, nobody, signal);
  if (direct !== null && !('kind' in direct && direct.kind === 'nobody')) return direct;
  const found = await client.withAddress(email, signal);
  if (found.kind === 'fault') return found;
  const [only, another] = found.body;
  if (another)
    return { kind: 'nobody', detail: `more than one person in Okta has the address ${email}, so none of them is taken for the one` };
  return only ? await byKey(client, only.id, nobody, signal) : { kind: 'nobody', detail: nobody };
}

function readingOf(found: Nobody | Fault): Exclude<Reading, Known> {
  return found.kind === 'fault' ? unreadable(found) : { kind: 'unknown-person', detail: found.detail };
}

/** A suspension can be taken back by a click, and so can a locked account or an expired password: none of them is gone. */
const STAYING = new Set(['STAGED', 'PROVISIONED', 'ACTIVE', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'SUSPENDED']);
const GONE = 'DEPROVISIONED';

function interpret(user: OktaUser): Reading {
  const { id, status, transitioningToStatus: next } = user;
  if (status !== GONE && !STAYING.has(status)) {
    return unreadable(readFault('misshapen', `Okta says of ${id} the status ${status}, which this version of Leaver does not know.`));
  }
  const { login, email } = user.profile;
  const addresses = [email, login].filter((one) => one !== null && one !== undefined && isEmail(one)) as string[];
  const [first = null] = addresses;
  return {
    kind: kindOf(status, next ?? null),
    id,
    email: first,
    aliases: addresses.slice(1).filter((one) => one.toLowerCase() !== first?.toLowerCase()),
    name: nameOf(user),
    detail: next ? `status ${status}, on the way to ${next}` : `status ${status}`,
    manager: managerIn(user),
  };
}

/** Okta deactivates in the background: until it is done, the status is still the old one. */
function kindOf(status: string, next: string | null): Known['kind'] {
  if (status === GONE) return next === null || next === GONE ? 'gone' : 'active';
  return next === GONE ? 'going' : 'active';
}

function nameOf({ profile: { displayName, firstName, lastName } }: OktaUser): string | null {
  return displayName || [firstName, lastName].filter(Boolean).join(' ') || null;
}

const OKTA_ID = /^00u[A-Za-z0-9]{17}$/;

/** Both attributes are free text: an Okta id, an e-mail, the number of an employee, a name, or nothing. */
function managerIn({ profile: { manager, managerId } }: OktaUser): ManagerRef | null {
  const texts = [managerId, manager].flatMap((one) => one?.trim() || []);
  const id = texts.find((one) => OKTA_ID.test(one)) ?? null;
  const email = texts.find((one) => isEmail(one)) ?? null;
  const name = texts.findLast((one) => one !== id && one !== email) ?? null;
  return texts.length === 0 ? null : { id, email, name };
}

async function readManager(client: OktaClient, manager: ManagerRef | null, signal: AbortSignal): Promise<ManagerReading> {
  if (manager === null) return { kind: 'none', why: 'not-named', detail: 'the profile in Okta names no manager' };
  if (manager.id === null && manager.email === null) {
    const detail = `the profile in Okta names the manager as ${manager.name}, which is neither an id nor an e-mail`;
    return { kind: 'none', why: 'only-text', detail };
  }
  const found = await find(client, manager, signal);
  if (!('profile' in found)) return withoutPerson(readingOf(found), 'lost');
  const reading = interpret(found);
  if (reading.kind === 'unreadable' || reading.kind === 'unknown-person') return withoutPerson(reading, 'lost');
  const { id, email, name, aliases } = reading;
  return {
    kind: 'manager',
    manager: { id, email, name, ...(aliases.length > 0 && { aliases }) },
    isActive: reading.kind === 'active' && found.status !== 'SUSPENDED',
  };
}

function withoutPerson(reading: Exclude<Reading, Known>, why: NoManager): ManagerReading {
  return reading.kind === 'unknown-person' ? { kind: 'none', why, detail: reading.detail } : reading;
}
