export type Role = 'owner' | 'admin' | 'member' | 'guest' | 'view';
export type Kind = 'org' | 'workspace' | 'share';

export interface User {
  readonly id: string;
  email: string;
  name: string;
}

export interface Membership {
  role: Role;
  /** `YYYY-MM-DD HH:MM:SS`, from when on they are no member any more. */
  expires: string | null;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  role: Role;
}

/** The organization, a workspace or a share: Fast.io calls all of them profiles. */
export interface Profile {
  readonly kind: Kind;
  readonly id: string;
  name: string;
  /** The workspace that a share lies in; null for one that lies in none. */
  readonly parentId: string | null;
  /** By account. */
  members: Record<string, Membership>;
  invitations: Invitation[];
  /** Who has handed it over last, and may be given it back. */
  previousOwnerId?: string;
}

/** A link to one file, and with whom it is shared by name. */
export interface FileShare {
  readonly id: string;
  readonly title: string;
  readonly workspaceId: string;
  /** Without an account for somebody who was invited by their address. */
  grants: readonly { readonly user: string | null; readonly email: string | null }[];
}

/** A login at another cloud, which somebody has connected to a workspace. */
export interface Identity {
  readonly id: string;
  readonly workspaceId: string;
  /** Null where Fast.io does not say whose it is. */
  readonly userId: string | null;
  status: 'active' | 'revoked';
}

export interface EventRow {
  readonly event_id: string;
  readonly event: string;
  readonly category: string;
  readonly sub_category: string;
  readonly org_id: string;
  readonly user_id: string;
  readonly calling_user: string;
  readonly created: string;
}

export interface State {
  readonly users: Record<string, User>;
  readonly profiles: Record<string, Profile>;
  readonly fileShares: Record<string, FileShare>;
  readonly identities: Record<string, Identity>;
}

/** 19 digits, as profile ids have: too many for a number. */
export function idMaker(): () => string {
  let next = 4_870_000_000_000_000_000n;
  return () => {
    next += 7n;
    return String(next);
  };
}

export function written(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ');
}

/** Who is a member at this moment: an end that has come ends it. */
export function membersOf({ members }: Profile, now: Date): [string, Membership][] {
  return Object.entries(members).filter(([, { expires }]) => expires === null || expires > written(now));
}

export function ownerOf({ members }: Profile): string | undefined {
  return Object.entries(members).find(([, { role }]) => role === 'owner')?.[0];
}
