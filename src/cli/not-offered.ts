/** What a target does not offer, as the service says it. */
export interface Lack {
  readonly residual: string | null;
  readonly lasts: string | null;
  readonly advice: string | null;
}

/** What stays reachable, for how long, and what to do about it. */
export function sayLack({ residual, lasts, advice }: Lack): string {
  const parts = [residual, lasts === null ? null : `It lasts ${lasts}.`, advice];
  return parts.filter((part) => part !== null).join(' ') || 'the target has no such call.';
}
