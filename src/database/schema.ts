import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { JsonObject } from '../kernel/json.ts';

/** A column that the database fills when the row is made and that never changes. */
type Fixed<T> = ColumnType<T, never, never>;
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>;
type JsonColumn = JSONColumnType<JsonObject, string, string>;

export interface PersonTable {
  id: string;
  email: string;
  /** The e-mail in lower case: the key by which it is matched. */
  email_key: string;
  name: Nullable<string>;
  /** Hex; makes the ledger's commitment to the e-mail unguessable. */
  salt: string;
  created_at: Generated<Date>;
}

export interface PersonIdentityTable {
  connection: string;
  /** The identity provider's own, immutable id of the person. */
  subject: string;
  person_id: string;
  /** What the connection last called the person. */
  email_key: Nullable<string>;
  named_at: Nullable<Date>;
}

export interface PersonEmailTable {
  /** The address in lower case. */
  email_key: string;
  email: string;
  person_id: string;
  state: string;
  since: Generated<Date>;
}

export interface EntraUserTable {
  id: Generated<string>;
  connection: string;
  subject: string;
  state: Generated<string>;
  asked: Generated<number>;
  looks: Generated<number>;
  failures: Generated<number>;
  due_at: Nullable<Date>;
  leased_until: Nullable<Date>;
  body_sha256: string;
  /** Where the reading belongs in a trace. */
  traceparent: Nullable<string>;
}

export interface EntraSubscriptionTable {
  connection: string;
  subscription_id: Nullable<string>;
  fingerprint: Nullable<string>;
  expires_at: Nullable<Date>;
  renewed_at: Nullable<Date>;
  delta_token: Nullable<string>;
  sweep: Generated<boolean>;
  asked: Generated<number>;
  due_at: Date;
  leased_until: Nullable<Date>;
  failures: Generated<number>;
  problem: Nullable<string>;
}

export interface SignalTable {
  id: string;
  connection: string;
  channel: string;
  kind: string;
  event_id: string;
  disposition: string;
  reason: Nullable<string>;
  person_id: Nullable<string>;
  case_id: Nullable<string>;
  /** When it happened, by the sender's clock. */
  occurred_at: Nullable<Date>;
  received_at: Date;
  /** Whether the message says that the person came back. */
  is_return: boolean;
  body_sha256: string;
  verified_by: string;
}

/** Written by the database, when a signal goes. */
export interface PastEventTable {
  digest: Buffer;
  disposition: string;
}

export interface CaseTable {
  id: string;
  person_id: string;
  playbook: string;
  state: string;
  reason: Nullable<string>;
  hold: Nullable<string>;
  /** What takes the case back, while something does. */
  undo: Nullable<string>;
  undone_at: Nullable<Date>;
  starts_at: Nullable<Date>;
  hand_over_at: Nullable<Date>;
  /** Connections whose identity provider must confirm the departure. */
  confirm_by: string[];
  opened_at: Date;
  opened_by: string;
  opened_reason: Nullable<string>;
  contained_at: Nullable<Date>;
  completed_at: Nullable<Date>;
  look_again_at: Nullable<Date>;
  /** An earlier, completed case of the same person. */
  follows: Nullable<string>;
  /** The person's e-mail at the opening, which the ledger commits to. */
  opened_email: Nullable<string>;
  /** Where the work for the case belongs in a trace. */
  traceparent: Nullable<string>;
  updated_at: Date;
}

export interface StepTable {
  id: string;
  case_id: string;
  position: number;
  target: string;
  phase: string;
  action: string;
  subject: Nullable<string>;
  after: string[];
  undoes: Nullable<string>;
  state: string;
  outcome: Nullable<string>;
  epoch: number;
  attempts: number;
  worker_id: Nullable<string>;
  started_at: Nullable<Date>;
  finished_at: Nullable<Date>;
  schedule_attempts: number;
  schedule_started_at: Nullable<Date>;
  schedule_waited_ms: number;
  next_attempt_at: Nullable<Date>;
  error: JSONColumnType<JsonObject, string, string> | null;
  facts: JsonColumn;
}

/** A target that is down: nothing is asked of it but whether it answers again. */
export interface TargetOutageTable {
  target: string;
  since: Date;
  probes: number;
  next_probe_at: Date;
}

/** Somebody who left before and is said to leave once more: whether there is anything to do is looked up first. */
export interface RecheckTable {
  person_id: string;
  /** The case that is over. */
  case_id: string;
  playbook: string;
  asked_by: string;
  asked_reason: Nullable<string>;
  confirm_by: string[];
  /** What speaks against the departure; a case that is opened is held for it. */
  contradiction: Nullable<string>;
  asked_at: Date;
  attempts: number;
  /** How often it was asked for. */
  asks: Generated<number>;
  next_attempt_at: Date;
}

export interface WorkerTable {
  id: string;
  lock_key: number;
  process: string;
  started_at: Generated<Date>;
  heartbeat_at: Date;
}

export interface LedgerEntryTable {
  id: Fixed<string>;
  case_id: ColumnType<string | null, string | null, never>;
  kind: ColumnType<string, string, never>;
  /** The canonical JSON of the entry (RFC 8785), the very bytes that are hashed; null once its case was pruned. */
  body: ColumnType<string | null, string, null>;
  /** What the entry commits to, as canonical JSON with its salt; null when there is nothing, or it was erased. */
  personal: ColumnType<string | null, string | null, null>;
}

export interface LedgerPendingTable {
  entry_id: string;
}

export interface LedgerLogTable {
  id: Fixed<string>;
}

export interface LedgerLeafTable {
  seq: string;
  entry_id: string;
}

export interface LedgerNodeTable {
  level: number;
  position: string;
  hash: Buffer;
}

export interface LedgerCheckpointTable {
  size: string;
  root: Buffer;
  made_at: Date;
  jws: string;
}

export interface SigningKeyTable {
  kid: string;
  jwk: JsonColumn;
  created_at: Generated<Date>;
}

export interface ScimResourceTable {
  id: string;
  connection: string;
  kind: string;
  place: Fixed<string>;
  /** The user name, or the display name of a group, in lower case: the key by which it is matched. */
  name_key: string;
  external_id: Nullable<string>;
  /** Counts the changes; what the ETag is made of. */
  version: number;
  created_at: Date;
  changed_at: Date;
  /** What the client wrote, without what we add ourselves, without passwords and without members. */
  document: JsonColumn;
}

export interface ScimMemberTable {
  group_id: string;
  /** The id of the member, as the client gave it. */
  value: string;
  place: Fixed<string>;
  connection: string;
  display: Nullable<string>;
  type: Nullable<string>;
}

/** What an operator was answered under a key of their own. */
export interface IdempotencyKeyTable {
  operator: string;
  key: string;
  digest: string;
  case_id: Nullable<string>;
  answer: JSONColumnType<JsonObject, string | null | undefined, string | null> | null;
  expires_at: Date;
}

/** A message to somebody, from the moment at which it was decided on. */
export interface NotificationTable {
  id: string;
  event: string;
  /** What the event is about: a case, a target, a connection or a step. */
  subject: string;
  /** The one time that the event happened. */
  occurrence: string;
  channel: string;
  recipient: string;
  state: Generated<string>;
  facts: JsonColumn;
  attempts: Generated<number>;
  due_at: Date;
  leased_until: Nullable<Date>;
  created_at: Date;
  settled_at: Nullable<Date>;
  problem: Nullable<string>;
}

/** A connection that is listened to. */
export interface IntakeWatchTable {
  connection: string;
  /** When its last signal was received; before the first one, since when it is listened to. */
  heard_at: Date;
  looked_at: Date;
  /** The `heard_at` of the silence that was told last. */
  told_of: Nullable<Date>;
}

/** Every table of ours; pg-boss keeps its own in the schema `pgboss`. */
export interface Schema {
  person: PersonTable;
  person_identity: PersonIdentityTable;
  person_email: PersonEmailTable;
  entra_user: EntraUserTable;
  entra_subscription: EntraSubscriptionTable;
  signal: SignalTable;
  past_event: PastEventTable;
  offboarding_case: CaseTable;
  step: StepTable;
  worker: WorkerTable;
  target_outage: TargetOutageTable;
  recheck: RecheckTable;
  ledger_entry: LedgerEntryTable;
  ledger_pending: LedgerPendingTable;
  ledger_log: LedgerLogTable;
  ledger_leaf: LedgerLeafTable;
  ledger_node: LedgerNodeTable;
  ledger_checkpoint: LedgerCheckpointTable;
  signing_key: SigningKeyTable;
  scim_resource: ScimResourceTable;
  scim_member: ScimMemberTable;
  idempotency_key: IdempotencyKeyTable;
  notification: NotificationTable;
  intake_watch: IntakeWatchTable;
}
