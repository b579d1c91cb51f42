export type Role = 'READ' | 'WRITE' | 'ADMIN';

export interface Person {
  readonly id: string;
  email: string;
  name: string;
  lastName: string;
  orgRole: number;
  validated: boolean;
  deletedAt: string | null;
}

export interface Workspace {
  readonly id: string;
  name: string;
  /** Role by account. */
  members: Record<string, Role>;
}

/** What people leave behind; the values are secrets that no client may write down. */
export interface LeftBehind {
  readonly repositories: { id: string; name: string; workspaceId: string; apiKeys: Key[]; aiApiKeys: Key[] }[];
  readonly tasks: { id: string; name: string; user_id?: string; active: boolean }[];
  readonly links: { id: string; email: string; createdBy: string; activationLink: string }[];
}

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

export interface State extends LeftBehind {
  readonly people: Record<string, Person>;
  readonly workspaces: Record<string, Workspace>;
}

export type PersonSeed = Pick<Person, 'email'> & Partial<Person>;
export type WorkspaceSeed = Partial<Workspace>;

export const ORG_ID = '987fcdeb-51a2-43d1-9f12-345678901234';

const ROLE_NAMES: Readonly<Record<number, string>> = { 0: 'USER', 1: 'BILLING', 2: 'WORKSPACES', 254: 'ADMINISTRATORS', 255: 'OWNER' };

export function emptyState(): State {
  return { people: {}, workspaces: {}, repositories: [], tasks: [], links: [] };
}

export function personOf(id: string, seed: PersonSeed): Person {
  const [name = seed.email] = seed.email.split('@');
  return { id, name, lastName: '', orgRole: 0, validated: true, deletedAt: null, ...seed };
}

/** A person as the organization's calls show them. */
export function personView(person: Person) {
  return { ...person, orgId: ORG_ID, orgRoleDescription: ROLE_NAMES[person.orgRole] ?? 'RESERVED', orgRoles: rolesUpTo(person.orgRole) };
}

function rolesUpTo(role: number): number[] {
  return Object.keys(ROLE_NAMES)
    .map(Number)
    .filter((value) => value <= role);
}

/** A workspace with its members embedded; one whose account was deleted stays a member, as nothing says that it would not. */
export function workspaceView({ people }: State, { id, name, members }: Workspace) {
  const users = Object.entries(members).map(([userId, role]) => ({ userId, role, user: briefly(people[userId]) }));
  return { id, name, orgId: ORG_ID, users };
}

function briefly(person: Person | undefined) {
  return person && { id: person.id, name: person.name, lastName: person.lastName, email: person.email, orgRole: person.orgRole };
}
