import type { Happening, OperatorHappening } from '../../../src/notifications/happening.ts';

const MOMENT = '2026-03-02T08:00:00.000Z';
export const CASE = {
  id: '11111111-2222-4333-8444-555555555555',
  playbook: 'offboard' as const,
  person: { email: 'ada@example.com', name: 'Ada Example' },
  reason: 'ada@example.com is protected',
};

export const HELD: OperatorHappening = { event: 'case.held', case: CASE };
export const ATTENTION: OperatorHappening = { event: 'case.attention', case: CASE };
export const COMPLETED: OperatorHappening = {
  event: 'case.completed',
  case: CASE,
  notOffered: [{ target: 'fastio', action: 'notify-successor' }],
};
export const DOWN: OperatorHappening = { event: 'target.down', target: 'fastio', since: MOMENT };
export const SILENT: OperatorHappening = { event: 'intake.silent', connection: 'okta-main', since: MOMENT, hours: 168 };
export const RECEIVED: Extract<Happening, { readonly event: 'successor.received' }> = {
  event: 'successor.received',
  target: 'fastio',
  leaver: CASE.person,
  workspaces: [
    { id: 'w-1', name: 'Designs' },
    { id: 'w-2', name: 'Plans' },
  ],
  tokens: 3,
  webhooks: [{ id: 'h-1', appId: 'billing', host: 'hooks.example.com' }],
};

export const ALL: readonly Happening[] = [HELD, ATTENTION, COMPLETED, DOWN, SILENT, RECEIVED];
