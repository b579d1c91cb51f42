import { type Kysely, sql } from 'kysely';

const STATEMENTS = `
-- What is left of an event whose signal was removed: enough to know it by should it come once more, and nothing that names anybody.
create function event_digest(connection text, event_id text) returns bytea language sql immutable strict
  return sha256(convert_to(connection || ' ' || event_id, 'UTF8'));
create table past_event (
  digest bytea primary key,
  disposition text not null
);

-- Whoever removes a signal, or takes the event's own id out of it: the event is not new for that.
create function keep_event() returns trigger language plpgsql as $$
begin
  insert into past_event (digest, disposition) values (event_digest(old.connection, old.event_id), old.disposition) on conflict do nothing;
  return null;
end $$;
create trigger keep_event after delete or update of event_id on signal
  for each row when (old.disposition <> 'duplicate') execute function keep_event();
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(STATEMENTS).execute(db);
}
