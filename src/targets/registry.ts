import { LeaverError } from '../kernel/errors.ts';
import { withStatements } from './not-offered.ts';
import type { Target } from './target.ts';

/** All targets of this service, in the order of the configuration. */
export interface Targets {
  /** Throws `not-found` for a target that the configuration does not (or no longer) know. */
  get(id: string): Target;
  all(): readonly Target[];
  /** Closes every target, also when one of them fails to close; then the first failure is thrown. */
  close(): Promise<void>;
}

/** Makes a target of settings of one kind. */
export type TargetFactory<Settings> = (settings: Settings) => Target;
export type TargetFactories<S extends { readonly kind: string }> = {
  readonly [K in S['kind']]: TargetFactory<Extract<S, { readonly kind: K }>>;
};

/** Makes the target of every entry with the factory of its kind, with a statement for what it does not offer. Two entries with one id are refused. */
export function createTargets<S extends { readonly id: string; readonly kind: string }>(
  entries: readonly S[],
  factories: TargetFactories<S>,
): Targets {
  const targets = new Map<string, Target>();
  for (const entry of entries) {
    if (targets.has(entry.id)) throw new LeaverError('configuration', `Two targets are called ${entry.id}. Give each its own id.`);
    const create = factories[entry.kind as S['kind']] as TargetFactory<S>;
    targets.set(entry.id, withStatements(create(entry)));
  }
  return { get: (id) => targets.get(id) ?? unknownTarget(id), all: () => [...targets.values()], close: () => closeAll(targets.values()) };
}

function unknownTarget(id: string): never {
  throw new LeaverError(
    'not-found',
    `No target is called ${id}. Put it (back) into the configuration under targets, or close the cases that need it.`,
  );
}

async function closeAll(targets: Iterable<Target>): Promise<void> {
  const closed = await Promise.allSettled(Array.from(targets, (target) => target.close()));
  const failed = closed.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
