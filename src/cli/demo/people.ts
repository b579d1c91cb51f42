import type { FastioSandbox, Leftovers, User } from '../../sandbox/fastio/fastio.ts';

/** Who plays in the demo. */
export interface People {
  /** Is said to have left. */
  readonly leaver: User;
  /** Is only to be locked out, where the channel can say so, and else a bystander. */
  readonly contractor: User;
  readonly successor: User;
  /** Have nothing to do with it, though one of them has nearly the leaver's address. */
  readonly bystanders: readonly User[];
}

/** Fills an organization: everybody has something that could be touched by mistake. */
export function settlePeople({ scenario }: FastioSandbox): People {
  const leaver = scenario.addUser({ email: 'Jordan.Reyes@example.com', name: 'Jordan Reyes', sessions: 3, locks: 2, tokens: 2 });
  const contractor = scenario.addUser({ email: 'kai.lindholm@example.com', name: 'Kai Lindholm', sessions: 1, tokens: 1 });
  const successor = scenario.addUser({ email: 'amara.okafor@example.com', name: 'Amara Okafor', role: 'admin', sessions: 1, tokens: 1 });
  const bystanders = [
    scenario.addUser({ email: 'jordan.reyes@example.com.au', name: 'Jordan Reyes', sessions: 2, locks: 1, tokens: 1 }),
    scenario.addUser({ email: 'mei.tanaka@example.com', name: 'Mei Tanaka', sessions: 1, tokens: 3 }),
    scenario.addUser({ email: 'noah.weiss@example.com', name: 'Noah Weiss' }),
  ];
  for (const name of ['Quarterly close', 'Vendor contracts', 'Hiring plan', 'Board pack']) {
    scenario.addWorkspace({ ownerId: leaver.id, name, storageBytes: 1_048_576 });
  }
  for (const { id, name } of [contractor, successor, ...bystanders]) {
    scenario.addWorkspace({ ownerId: id, name: `Drafts of ${name}` });
    scenario.addWebhook({ userId: id });
  }
  scenario.addWebhook({ userId: leaver.id });
  scenario.addWebhook({ userId: leaver.id });
  return { leaver, contractor, successor, bystanders };
}

export type Person = User;

/** At an identity provider the same address is written differently. */
export function addressOf({ email }: Person): string {
  return email.toLowerCase();
}

/** What an account is and has at one moment. */
export type Holdings = Leftovers & { readonly status: User['status'] | undefined };

export function holdingsOf(fastio: FastioSandbox, { id }: User): Holdings {
  return { ...fastio.leftovers(id), status: fastio.users.get(id)?.status };
}
