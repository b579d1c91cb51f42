/** What an operator may do; each may do all that those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Somebody who has proved who they are. */
export interface Operator {
  /** By which they are recorded: the name of their token, or `oidc:` and the name that their OpenID provider has for them. */
  readonly name: string;
  readonly role: Role;
}
