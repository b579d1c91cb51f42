import { type Kysely, sql } from 'kysely';

const ADDRESSES = `
-- Every address under which a person is or was known: an address belongs to one person, and is never taken from them by a message.
create table person_email (
  email_key text primary key,
  email text not null,
  person_id uuid not null references person,
  -- current: the person has it now; former: they were renamed; recycled: it is said to belong to somebody else now
  state text not null check (state in ('current', 'former', 'recycled')),
  since timestamptz not null default now()
);
create index person_email_person on person_email (person_id);
insert into person_email (email_key, email, person_id, state, since) select email_key, email, id, 'current', created_at from person;

-- What the connection last called the person, and since when: one connection's other name for somebody is no rename.
alter table person_identity add column email_key text, add column named_at timestamptz;
update person_identity set email_key = person.email_key, named_at = person.created_at from person where person.id = person_identity.person_id;

-- The ledger commits to the e-mail at the opening; the person may be renamed afterwards.
alter table offboarding_case add column opened_email text;
update offboarding_case set opened_email = person.email from person where person.id = offboarding_case.person_id;
`;

const GRAPH = `
-- A user of whom Graph only says that something changed: to be read back (due_at), or known to be gone.
create table entra_user (
  id uuid not null default gen_random_uuid(),
  connection text not null,
  subject text not null,
  state text not null default 'unread' check (state in ('unread', 'gone')),
  -- Counts the notifications, so that one that comes while an earlier one is read back is not lost.
  asked integer not null default 1,
  looks integer not null default 0,
  failures integer not null default 0,
  due_at timestamptz,
  leased_until timestamptz,
  body_sha256 text not null,
  primary key (connection, subject)
);
create index entra_user_due on entra_user (due_at) where due_at is not null;

create table entra_subscription (
  connection text primary key,
  subscription_id text,
  -- Of the client state and the address that the subscription was made with.
  fingerprint text,
  expires_at timestamptz,
  renewed_at timestamptz,
  delta_token text,
  -- Whether changes may have been missed since the delta token.
  sweep boolean not null default false,
  asked integer not null default 0,
  due_at timestamptz not null,
  leased_until timestamptz,
  failures integer not null default 0,
  problem text
);
`;

export async function up(db: Kysely<never>): Promise<void> {
  for (const statements of [ADDRESSES, GRAPH]) {
    await sql.raw(statements).execute(db);
  }
}
