export interface EntraUser {
  readonly id: string;
  mail: string | null;
  userPrincipalName: string;
  displayName: string | null;
  accountEnabled: boolean;
  managerId: string | null;
  isDeleted: boolean;
}

export interface Subscription {
  readonly id: string;
  readonly changeType: string;
  readonly resource: string;
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string | null;
  readonly clientState: string;
  expirationDateTime: string;
}

/** What happened to whom, in order: what a delta query goes through. */
export interface Change {
  readonly id: string;
  readonly kind: 'updated' | 'deleted';
}

export interface Tenant {
  readonly users: Map<string, EntraUser>;
  readonly subscriptions: Map<string, Subscription>;
  readonly log: Change[];
  /** The earliest place in the log that a delta token may still name. */
  readonly oldestDelta: number;
  user(id: string): EntraUser;
  expireDelta(): void;
}

export function createTenant(): Tenant {
  const users = new Map<string, EntraUser>();
  const log: Change[] = [];
  let oldestDelta = 0;
  return {
    users,
    subscriptions: new Map(),
    log,
    get oldestDelta() {
      return oldestDelta;
    },
    user: (id) => {
      const user = users.get(id);
      if (!user) throw new Error(`the sandbox has no user ${id}`);
      return user;
    },
    expireDelta: () => {
      log.push({ id: 'nobody', kind: 'updated' });
      oldestDelta = log.length;
    },
  };
}
