import type { ActionContext, FinishedStep } from './target.ts';

/** The first step of this action that is done, as later ones see it. */
export function finishedStep({ finished }: ActionContext, action: string): FinishedStep | undefined {
  return finished.find((step) => step.action === action);
}
