import { type Kysely, sql } from 'kysely';

/** The chain of version 1 is checked as a whole: a tree must not be grown over a break. */
const CHECK_CHAIN = `
do $$
declare broken bigint;
begin
  select min(link.seq) into broken from (
    select chain.seq, chain.digest = sha256(convert_to(entry.body, 'UTF8'))
      and chain.seq = row_number() over in_order
      and chain.hash = sha256(lag(chain.hash, 1, sha256('leaver-ledger/1')) over in_order || int8send(chain.seq) || chain.digest) as holds
    from ledger_chain chain join ledger_entry entry on entry.id = chain.entry_id
    window in_order as (order by chain.seq)) as link
  where not link.holds;
  if broken is not null then
    raise exception 'the ledger does not verify at entry %: it was changed outside of Leaver. Restore a backup from before the change', broken;
  end if;
end $$;
`;

const TREE = `
-- The ledger's own id, in every checkpoint.
create table ledger_log (id uuid primary key, one boolean not null unique default true check (one));
insert into ledger_log (id) values (gen_random_uuid());

-- Which entry is in which place; the first is 1.
create table ledger_leaf (
  seq bigint primary key check (seq > 0),
  entry_id bigint not null unique references ledger_entry
);

-- Every complete subtree (RFC 9162); level 0 holds the hashes of the entries.
create table ledger_node (
  level smallint not null,
  position bigint not null,
  hash bytea not null check (length(hash) = 32),
  primary key (level, position)
);

create table ledger_checkpoint (
  size bigint primary key,
  root bytea not null check (length(root) = 32),
  made_at timestamptz not null,
  jws text not null
);
`;

const GROW = `
insert into ledger_leaf (seq, entry_id) select seq, entry_id from ledger_chain;
insert into ledger_node (level, position, hash)
  select 0, seq - 1, sha256('\\x00'::bytea || convert_to(body, 'UTF8')) from ledger_chain join ledger_entry on ledger_entry.id = entry_id;
do $$
declare height smallint := 0;
begin
  loop
    insert into ledger_node (level, position, hash)
      select height + 1, a.position / 2, sha256('\\x01'::bytea || a.hash || b.hash)
      from ledger_node a join ledger_node b on b.level = a.level and b.position = a.position + 1
      where a.level = height and a.position % 2 = 0;
    exit when not found;
    height := height + 1;
  end loop;
end $$;
drop table ledger_chain;
`;

/** What says something of a person stands beside the body that is hashed. Both can go, but only once the ledger says so. */
const APART = `
alter table ledger_entry alter column body drop not null, add column personal text;
create index ledger_entry_parting on ledger_entry (case_id) where kind in ('case.erased', 'case.pruned');
create index ledger_entry_apart on ledger_entry (id) where case_id is null and personal is not null;
`;

const APPEND_ONLY = `
drop trigger ledger_entry_append_only on ledger_entry;
create trigger ledger_entry_append_only before delete or truncate on ledger_entry
  for each statement execute function ledger_refuse_change();

-- The one door: a personal part goes when a later entry says that the person was erased, a body when a later entry says that the case was pruned.
create function ledger_guard_entry() returns trigger language plpgsql as $$
begin
  if new.id = old.id and new.case_id is not distinct from old.case_id and new.kind = old.kind
    and (new.body is not distinct from old.body or (new.body is null and new.personal is null
      and exists (select from ledger_leaf where entry_id = old.id)
      and exists (select from ledger_entry where case_id = old.case_id and kind = 'case.pruned' and id > old.id)))
    and (new.personal is not distinct from old.personal or (new.personal is null and (
      exists (select from ledger_entry where case_id = old.case_id and kind in ('case.erased', 'case.pruned') and id > old.id)
      or (old.case_id is null and exists (
        select from ledger_entry where case_id is null and kind in ('person.erased', 'signals.pruned') and id > old.id)))))
  then
    return new;
  end if;
  raise exception 'the ledger is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger ledger_entry_guarded before update on ledger_entry
  for each row execute function ledger_guard_entry();

create trigger ledger_log_append_only before update or delete or truncate on ledger_log
  for each statement execute function ledger_refuse_change();
create trigger ledger_leaf_append_only before update or delete or truncate on ledger_leaf
  for each statement execute function ledger_refuse_change();
create trigger ledger_node_append_only before update or delete or truncate on ledger_node
  for each statement execute function ledger_refuse_change();
create trigger ledger_checkpoint_append_only before update or delete or truncate on ledger_checkpoint
  for each statement execute function ledger_refuse_change();
create trigger signing_key_append_only before update or delete or truncate on signing_key
  for each statement execute function ledger_refuse_change();

-- An entry stops waiting for its place by getting one, and in no other way.
create function ledger_guard_pending() returns trigger language plpgsql as $$
begin
  -- Looked up one by one: as a join, PostgreSQL might read all leaves for it.
  if exists (
    select from gone left join lateral (select seq from ledger_leaf where entry_id = gone.entry_id limit 1) as leaf on true
    where leaf.seq is null)
  then
    raise exception 'the ledger is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create trigger ledger_pending_guarded after delete on ledger_pending
  referencing old table as gone for each statement execute function ledger_guard_pending();
create trigger ledger_pending_append_only before update or truncate on ledger_pending
  for each statement execute function ledger_refuse_change();
`;

/**
 * PostgreSQL lets only one transaction that has something to announce commit at a time, over the whole server. So entries are announced with their place,
 * by the sequencer, and no longer by everybody who records something.
 */
const ANNOUNCE = `
drop trigger ledger_entry_announced on ledger_entry;
create or replace function ledger_announce() returns trigger language plpgsql as $$
begin
  perform pg_notify('leaver_case', case_id::text) from (
    select distinct case_id from added cross join lateral (select case_id from ledger_entry where id = added.entry_id limit 1) as entry
    where case_id is not null) as touched;
  return null;
end $$;
create trigger ledger_leaf_announced after insert on ledger_leaf
  referencing new table as added for each statement execute function ledger_announce();
`;

const GUARDED = ['ledger_entry', 'ledger_pending', 'ledger_log', 'ledger_leaf', 'ledger_node', 'ledger_checkpoint', 'signing_key'];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statements of [CHECK_CHAIN, TREE, GROW, APART, APPEND_ONLY, ANNOUNCE]) {
    await sql.raw(statements).execute(db);
  }
  // Also where a session pretends to be a replica, in which triggers are otherwise left out.
  const { rows } = await sql<{ tgname: string; tgrelid: string }>`
    select tgname, tgrelid::regclass::text as tgrelid from pg_trigger
    where not tgisinternal and tgrelid::regclass::text = any(${GUARDED}::text[])`.execute(db);
  for (const { tgname, tgrelid } of rows) {
    await sql.raw(`alter table ${tgrelid} enable always trigger ${tgname}`).execute(db);
  }
}
