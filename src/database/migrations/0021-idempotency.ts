import { type Kysely, sql } from 'kysely';

const STATEMENTS = `
-- What an operator was answered under a key of their own, for as long as they may ask again.
create table idempotency_key (
  operator text not null,
  key text not null,
  -- Of what was asked, so that a key is not taken for two different requests.
  digest text not null,
  case_id uuid references offboarding_case on delete cascade,
  answer json,
  expires_at timestamptz not null,
  primary key (operator, key)
);
create index idempotency_key_expiry on idempotency_key (expires_at);
create index idempotency_key_case on idempotency_key (case_id);

-- An answer has the person in it: it is forgotten with them, whoever it is that takes the address out of the case.
create function forget_answers() returns trigger language plpgsql as $$
begin
  delete from idempotency_key where case_id = new.id;
  return null;
end $$;
create trigger forget_answers after update of opened_email on offboarding_case
  for each row when (old.opened_email is not null and new.opened_email is null) execute function forget_answers();
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(STATEMENTS).execute(db);
}
