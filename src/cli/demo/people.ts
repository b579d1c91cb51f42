import type { FastioSandbox, Leftovers, User } from '../../sandbox/fastio/fastio.ts';
import type { FlashbackSandbox, Role } from '../../sandbox/flashback/flashback.ts';

/** Somebody with an account in each of the two targets. */
export interface Person extends Pick<User, 'id' | 'email' | 'name'> {
  readonly flashbackId: string;
}

/** The two targets that people are taken out of. */
export interface Targets {
  readonly fastio: FastioSandbox;
  readonly flashback: FlashbackSandbox;
}

/** Who plays in the demo. */
export interface People {
  /** Is said to have left. */
  readonly leaver: Person;
  /** Is only to be locked out, where the channel can say so, and else a bystander. */
  readonly contractor: Person;
  /** The leaver's manager, where an identity provider tells of managers, and whom the operator has named in any case. */
  readonly successor: Person;
  /** Have nothing to do with it, though one of them has nearly the leaver's address. */
  readonly bystanders: readonly Person[];
}

/** Fills both organizations: everybody has something that could be touched by mistake. */
export function settlePeople(targets: Targets): People {
  const join = joining(targets);
  const leaver = join({ email: 'Jordan.Reyes@example.com', name: 'Jordan Reyes', sessions: 3, locks: 2, tokens: 2 });
  const contractor = join({ email: 'kai.lindholm@example.com', name: 'Kai Lindholm', sessions: 1, tokens: 1 });
  const successor = join({ email: 'amara.okafor@example.com', name: 'Amara Okafor', role: 'admin', sessions: 1, tokens: 1 });
  const bystanders = [
    join({ email: 'jordan.reyes@example.com.au', name: 'Jordan Reyes', sessions: 2, locks: 1, tokens: 1 }),
    join({ email: 'mei.tanaka@example.com', name: 'Mei Tanaka', sessions: 1, tokens: 3 }),
    join({ email: 'noah.weiss@example.com', name: 'Noah Weiss' }),
  ];
  const people = { leaver, contractor, successor, bystanders };
  fillFastio(targets, people);
  fillFlashback(targets, people);
  return people;
}

function joining({ fastio, flashback }: Targets): (seed: Parameters<FastioSandbox['scenario']['addUser']>[0] & { name: string }) => Person {
  return (seed) => {
    const { id, email, name } = fastio.scenario.addUser(seed);
    const [first = '', ...rest] = name.split(' ');
    return { id, email, name, flashbackId: flashback.scenario.addPerson({ email, name: first, lastName: rest.join(' ') }).id };
  };
}

function fillFastio({ fastio: { scenario } }: Targets, { leaver, contractor, successor, bystanders }: People): void {
  for (const name of ['Quarterly close', 'Vendor contracts', 'Hiring plan', 'Board pack']) {
    scenario.addWorkspace({ ownerId: leaver.id, name, storageBytes: 1_048_576 });
  }
  for (const { id, name } of [contractor, successor, ...bystanders]) {
    scenario.addWorkspace({ ownerId: id, name: `Drafts of ${name}` });
    scenario.addWebhook({ userId: id });
  }
  scenario.addWebhook({ userId: leaver.id });
  scenario.addWebhook({ userId: leaver.id });
}

/** Of the first one the leaver is the only person who is ADMIN; in the last one they are not at all. */
function fillFlashback(
  { flashback: { scenario } }: Targets,
  { leaver, contractor, successor, bystanders: [twin, mei, noah] }: People,
): void {
  const membersOf = (roles: readonly (readonly [Person | undefined, Role])[]): Record<string, Role> =>
    Object.fromEntries(roles.flatMap(([person, role]) => (person ? [[person.flashbackId, role]] : [])));
  const workspaces = {
    'Model training': [
      [leaver, 'ADMIN'],
      [contractor, 'WRITE'],
      [mei, 'READ'],
    ],
    'Data room': [
      [leaver, 'WRITE'],
      [successor, 'ADMIN'],
      [twin, 'READ'],
    ],
    Archive: [
      [contractor, 'READ'],
      [noah, 'ADMIN'],
      [twin, 'WRITE'],
    ],
  } as const;
  for (const [name, roles] of Object.entries(workspaces)) scenario.addWorkspace({ name, members: membersOf(roles) });
}

/** At an identity provider the same address is written differently. */
export function addressOf({ email }: Pick<Person, 'email'>): string {
  return email.toLowerCase();
}

/** What an account is and has in Fastio at one moment, and in Flashback. */
export interface Holdings extends Leftovers {
  readonly status: User['status'] | undefined;
  readonly flashback: {
    readonly isThere: boolean;
    /** By the name of the workspace. */
    readonly roles: Readonly<Record<string, Role>>;
  };
}

export function holdingsOf({ fastio, flashback }: Targets, { id, flashbackId }: Person): Holdings {
  const roles = Object.values(flashback.workspaces).flatMap(({ name, members: { [flashbackId]: role } }) => (role ? [[name, role]] : []));
  const isThere = flashback.people[flashbackId]?.deletedAt === null;
  return { ...fastio.leftovers(id), status: fastio.users.get(id)?.status, flashback: { isThere, roles: Object.fromEntries(roles) } };
}
