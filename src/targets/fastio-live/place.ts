/** Somewhere one can be a member: the organization, a workspace of it, or a share. */
export const KINDS = ['org', 'workspace', 'share'] as const;
export type Kind = (typeof KINDS)[number];

export interface Place {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
}

/** What a step about the place has as its subject: ids of workspaces and shares are not told apart by themselves. */
export function subjectOf({ kind, id }: Pick<Place, 'kind' | 'id'>): string {
  return `${kind}/${id}`;
}

/** The place of a subject; undefined when it names none. */
export function placeOf(subject: string | null, name: string): Place | undefined {
  const [, kind, id] = /^(org|workspace|share)\/([^/]+)$/.exec(subject ?? '') ?? [];
  const known = KINDS.find((one) => one === kind);
  return known && id ? { kind: known, id, name } : undefined;
}

const CALLED: Readonly<Record<Kind, string>> = { org: 'organization', workspace: 'workspace', share: 'share' };

/** The place as a message names it. */
export function called({ kind, id, name }: Place): string {
  return name === '' || name === id ? `${CALLED[kind]} ${id}` : `${CALLED[kind]} ${id} (${name})`;
}
