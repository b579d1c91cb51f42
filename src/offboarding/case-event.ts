import type { ActionResult, Playbook } from '../targets/target.ts';

/** What can happen to a case. `by` is the name of the token or connection that asked for it. */
export type CaseEvent =
  | { readonly type: 'wake' }
  | { readonly type: 'result'; readonly stepId: string; readonly epoch: number; readonly result: ActionResult }
  | { readonly type: 'released'; readonly stepId: string; readonly epoch: number }
  | { readonly type: 'retry'; readonly by: string; readonly reason: string }
  | { readonly type: 'approve'; readonly by: string; readonly reason: string }
  | { readonly type: 'hold'; readonly by: string; readonly reason: string }
  | { readonly type: 'upgrade'; readonly by: string; readonly playbook: Playbook };
