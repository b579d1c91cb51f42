import { type Kysely, sql } from 'kysely';

const SCIM = `
create table scim_resource (
  id uuid primary key,
  connection text not null,
  kind text not null check (kind in ('User', 'Group')),
  -- Pages follow the order in which resources were made: it never changes under a client that is reading.
  place bigint generated always as identity,
  name_key text not null,
  external_id text,
  version integer not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  -- Not jsonb: a client that compares what it reads with what it wrote finds the members in its own order.
  document json not null
);
-- userName is unique without regard to case; two groups may have one name.
create unique index scim_resource_user_name on scim_resource (connection, name_key) where kind = 'User';
create index scim_resource_group_name on scim_resource (connection, name_key) where kind = 'Group';
create index scim_resource_external on scim_resource (connection, kind, external_id);
create index scim_resource_listed on scim_resource (connection, kind, place);

create table scim_member (
  group_id uuid not null references scim_resource on delete cascade,
  value text not null,
  place bigint generated always as identity,
  connection text not null,
  display text,
  type text,
  primary key (group_id, value)
);
create index scim_member_value on scim_member (connection, value);
`;

/** Users and groups as identity providers write them over SCIM; one directory a connection. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(SCIM).execute(db);
}
