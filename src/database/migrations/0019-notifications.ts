import { type Kysely, sql } from 'kysely';

const NOTIFICATIONS = `
-- What is to be told, one row a message: written together with what happened, sent by a worker.
create table notification (
  -- The name of the message for its receiver, the same at every attempt.
  id uuid primary key,
  event text not null,
  -- What the event is about: a case, a target, a connection or a step.
  subject text not null,
  -- The one time that the event happened; nobody is told of it twice over the same channel.
  occurrence uuid not null,
  channel text not null,
  recipient text not null,
  -- pending: to be sent; sent: its receiver took it; refused: its receiver will never take it; expired: nobody took it in time
  state text not null default 'pending' check (state in ('pending', 'sent', 'refused', 'expired')),
  -- Emptied once the message is sent.
  facts jsonb not null,
  attempts integer not null default 0,
  due_at timestamptz not null,
  leased_until timestamptz,
  created_at timestamptz not null,
  settled_at timestamptz,
  problem text,
  unique (occurrence, channel, recipient)
);
create index notification_due on notification (due_at) where state = 'pending';
create index notification_of on notification (event, subject, created_at desc);
create index notification_settled on notification (settled_at) where state <> 'pending';

-- When each connection was last heard of, as of the last look, and which of its silences was told.
create table intake_watch (
  connection text primary key,
  heard_at timestamptz not null,
  looked_at timestamptz not null,
  told_of timestamptz
);
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(NOTIFICATIONS).execute(db);
}
