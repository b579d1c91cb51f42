import { type Kysely, sql } from 'kysely';

/** What a case needs to be taken back, to begin later, to be confirmed, and to wait for a target that is down. */
const STATEMENTS = `
alter table offboarding_case
  add column undo text check (undo in ('cancel', 'reverse')),
  add column undone_at timestamptz,
  add column starts_at timestamptz,
  add column hand_over_at timestamptz,
  add column confirm_by text[] not null default '{}';
alter table step
  add column undoes text,
  add column schedule_waited_ms integer not null default 0;

create table target_outage (
  target text primary key,
  since timestamptz not null,
  probes integer not null default 0,
  next_probe_at timestamptz not null
);

create table recheck (
  person_id uuid primary key references person,
  case_id uuid not null references offboarding_case,
  playbook text not null check (playbook in ('offboard', 'contain')),
  asked_by text not null,
  asked_reason text,
  confirm_by text[] not null,
  contradiction text,
  asked_at timestamptz not null,
  attempts integer not null default 0,
  asks integer not null default 1,
  next_attempt_at timestamptz not null
);
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(STATEMENTS).execute(db);
}
