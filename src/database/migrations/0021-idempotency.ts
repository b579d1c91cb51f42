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
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(STATEMENTS).execute(db);
}
