import { type Kysely, sql } from 'kysely';

const PEOPLE = `
create table person (
  id uuid primary key,
  email text not null,
  email_key text not null unique,
  name text,
  salt text not null,
  created_at timestamptz not null default now()
);
create table person_identity (
  connection text not null,
  subject text not null,
  person_id uuid not null references person,
  primary key (connection, subject)
);
-- One id a person and connection: an address that comes with a second id is never taken for the same person.
create unique index person_identity_person on person_identity (person_id, connection);
`;

const CASES = `
create table offboarding_case (
  id uuid primary key,
  person_id uuid not null references person,
  playbook text not null check (playbook in ('offboard', 'contain')),
  state text not null check (state in ('held', 'running', 'waiting', 'attention', 'completed', 'cancelled', 'reversed')),
  reason text,
  hold text,
  opened_at timestamptz not null,
  opened_by text not null,
  opened_reason text,
  contained_at timestamptz,
  completed_at timestamptz,
  look_again_at timestamptz,
  follows uuid references offboarding_case,
  updated_at timestamptz not null
);
-- At most one open case a person: what makes two signals at the same instant on two machines one case.
create unique index offboarding_case_open on offboarding_case (person_id) where state not in ('completed', 'cancelled', 'reversed');
create index offboarding_case_listed on offboarding_case (opened_at desc, id desc);
create index offboarding_case_person on offboarding_case (person_id, opened_at desc);

create table step (
  id uuid primary key,
  case_id uuid not null references offboarding_case,
  position integer not null,
  target text not null,
  phase text not null check (phase in ('resolve', 'contain', 'inventory', 'cleanup', 'transfer', 'remove', 'verify', 'notify')),
  action text not null,
  subject text,
  "after" text[] not null,
  state text not null check (state in ('pending', 'running', 'done', 'failed', 'skipped')),
  outcome text check (outcome in ('verified', 'acknowledged', 'already-absent', 'not-offered')),
  epoch integer not null default 0,
  attempts integer not null default 0,
  worker_id uuid,
  started_at timestamptz,
  finished_at timestamptz,
  schedule_attempts integer not null default 0,
  schedule_started_at timestamptz,
  next_attempt_at timestamptz,
  error jsonb,
  facts jsonb not null default '{}',
  check ((state = 'done') = (outcome is not null)),
  check ((state = 'running') = (worker_id is not null))
);
create unique index step_once on step (case_id, target, action, coalesce(subject, ''));
create index step_running on step (worker_id) where state = 'running';

create table worker (
  id uuid primary key,
  lock_key integer not null,
  process text not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null
);
`;

const SIGNALS = `
create table signal (
  id uuid primary key,
  connection text not null,
  channel text not null,
  kind text not null,
  event_id text not null,
  disposition text not null check (disposition in ('accepted', 'duplicate', 'ignored', 'unresolved', 'refused', 'contradicted')),
  reason text,
  person_id uuid references person,
  case_id uuid references offboarding_case,
  occurred_at timestamptz,
  received_at timestamptz not null,
  is_return boolean not null,
  body_sha256 text not null,
  verified_by text not null
);
-- The same event counts once, however often and in however many deliveries it comes.
create unique index signal_event on signal (connection, event_id) where disposition <> 'duplicate';
create index signal_case on signal (case_id);
create index signal_listed on signal (received_at desc, id desc);
create index signal_return on signal (person_id, occurred_at) where is_return;
`;

const LEDGER = `
create table ledger_entry (
  id bigint generated always as identity primary key,
  case_id uuid,
  kind text not null,
  body text not null
);
create index ledger_entry_case on ledger_entry (case_id, id);

-- Entries that are committed and wait for their place in the chain. The only ledger table whose rows go again.
create table ledger_pending (entry_id bigint primary key references ledger_entry);

create table ledger_chain (
  seq bigint primary key,
  entry_id bigint not null unique references ledger_entry,
  digest bytea not null check (length(digest) = 32),
  hash bytea not null check (length(hash) = 32)
);

create table signing_key (
  kid text primary key,
  jwk jsonb not null,
  created_at timestamptz not null default now()
);

create function ledger_queue_entry() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (entry_id) select id from added;
  return null;
end $$;
create trigger ledger_entry_queued after insert on ledger_entry
  referencing new table as added for each statement execute function ledger_queue_entry();

create function ledger_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
  for each statement execute function ledger_refuse_change();
create trigger ledger_chain_append_only before update or delete or truncate on ledger_chain
  for each statement execute function ledger_refuse_change();

-- Tells the streams of operators that a case has new entries; sent by PostgreSQL only when the transaction commits.
create function ledger_announce() returns trigger language plpgsql as $$
begin
  perform pg_notify('leaver_case', case_id::text) from (select distinct case_id from added where case_id is not null) as touched;
  return null;
end $$;
create trigger ledger_entry_announced after insert on ledger_entry
  referencing new table as added for each statement execute function ledger_announce();
`;

export async function up(db: Kysely<never>): Promise<void> {
  for (const statements of [PEOPLE, CASES, SIGNALS, LEDGER]) {
    await sql.raw(statements).execute(db);
  }
}
