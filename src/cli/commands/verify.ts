import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../../kernel/errors.ts';
import type { KeySet } from '../../ledger/bundle.ts';
import type { Verdict } from '../../ledger/verify.ts';
import type { CheckpointVerdict, KeptCheckpoint } from '../../ledger/verify-checkpoint.ts';
import { CommandError, EXIT } from '../exit.ts';
import { say } from '../output.ts';
import { printable } from '../text.ts';
import { moment } from '../time.ts';

interface VerifyOptions {
  readonly key?: string;
  readonly checkpoint?: string;
  readonly json?: boolean;
}

export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('check evidence or a checkpoint offline')
    .description(
      'Checks an evidence file, or a checkpoint, with nothing but its bytes. Exits 4, naming what is wrong first, when it does not verify.',
    )
    .argument('<file>', 'the evidence, or the checkpoint')
    .option('--key <jwks-file>', 'the keys to trust: what the service shows at /.well-known/jwks.json, kept in a file')
    .option('--checkpoint <file>', 'a checkpoint that you have kept: nothing may have been taken from the ledger since')
    .option('--json', 'print the verdict as JSON')
    .action(verify);
}

async function verify(file: string, { key, checkpoint, json = false }: VerifyOptions): Promise<void> {
  const trusted = key === undefined ? undefined : await readKeys(key);
  // Loaded only here: the other commands start faster without the cryptography.
  const { verifyCheckpoint } = await import('../../ledger/verify-checkpoint.ts');
  const kept = checkpoint === undefined ? undefined : await verifyCheckpoint(textOf(await read(checkpoint)), trusted);
  if (kept?.ok === false) {
    throw new CommandError(EXIT.notVerified, `${checkpoint} does not verify: ${kept.problem}`);
  }
  const verdict = await judge(await read(file), trusted, kept?.checkpoint);
  const proven = { origin: trusted !== undefined, since: kept?.checkpoint.size };
  if (json) {
    say(JSON.stringify(asJson(verdict, proven)));
  }
  if (!verdict.ok) {
    throw new CommandError(EXIT.notVerified, `${file} does not verify: ${verdict.problem}`);
  }
  if (!json) {
    say(...describe(verdict, proven));
  }
}

/** Whatever of ours the file is: an archive, a checkpoint, or else a bundle. */
async function judge(bytes: Uint8Array, trusted: KeySet | undefined, kept: KeptCheckpoint | undefined): Promise<AnyVerdict> {
  const { isArchive } = await import('../../ledger/archive.ts');
  if (isArchive(bytes)) {
    const { verifyArchive } = await import('../../ledger/verify-archive.ts');
    return await verifyArchive(bytes, trusted, kept);
  }
  const text = textOf(bytes);
  if (/^\s*<!doctype html/i.test(text)) {
    return {
      ok: false,
      problem: 'it is a page for people, which proves nothing by itself; check the ZIP file or the JSON file of the case',
    };
  }
  const { verifyCheckpoint } = await import('../../ledger/verify-checkpoint.ts');
  const { verifyEvidence } = await import('../../ledger/verify.ts');
  return await (isCheckpoint(text) ? verifyCheckpoint : verifyEvidence)(text, trusted, kept);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

type AnyVerdict = Verdict | CheckpointVerdict;
type Verified = Extract<AnyVerdict, { ok: true }>;

interface Proven {
  readonly origin: boolean;
  /** The size of the earlier checkpoint that it continues. */
  readonly since: number | undefined;
}

function describe(verdict: Verified, { origin, since }: Proven): string[] {
  const { checkpoint, kid } = verdict;
  const place = `a ledger of ${checkpoint.size} entries, as of ${moment(checkpoint.time)}`;
  const found = 'payload' in verdict ? [describeCase(verdict), `They lie unbroken in ${place}.`] : [`It verifies: ${place}.`];
  const continued = since === undefined ? [] : [`Nothing was taken from it or changed since the checkpoint of ${since} entries.`];
  return [...found, ...continued, origin ? `Signed with the trusted key ${kid}.` : ORIGIN_UNPROVEN];
}

function describeCase({ payload, entries }: Extract<Verdict, { ok: true }>): string {
  const whose = payload.person ? printable(payload.person.email) : 'somebody who was erased';
  return `It verifies: ${entries} entries of the case ${printable(payload.case.id)} of ${whose}, which is ${printable(payload.case.state)}.`;
}

const ORIGIN_UNPROVEN =
  'Integrity was proven, but not origin: the key is the one in the file. Give the keys of your service with --key to prove who signed it.';

function asJson(verdict: AnyVerdict, { origin, since }: Proven): object {
  if (!verdict.ok) {
    return verdict;
  }
  const { ok, kid, checkpoint } = verdict;
  const common = { ok, kid, originProven: origin, checkpoint, continues: since ?? null };
  if (!('payload' in verdict)) {
    return common;
  }
  const { entries, payload } = verdict;
  return { ...common, entries, caseId: payload.case.id, person: payload.person?.email ?? null, state: payload.case.state };
}

/** What has no such member is told to be no evidence, which is what people mean to check. */
function isCheckpoint(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return json !== null && typeof json === 'object' && 'checkpoint' in json;
  } catch {
    return false;
  }
}

async function readKeys(file: string): Promise<KeySet> {
  const { keySetSchema } = await import('../../ledger/bundle.ts');
  try {
    return keySetSchema.parse(JSON.parse(textOf(await read(file))));
  } catch (error) {
    if (error instanceof CommandError) {
      throw error;
    }
    const advice = 'Write what the service shows at /.well-known/jwks.json into it.';
    throw new CommandError(EXIT.usage, `${file} is not a key set (JWKS) with Ed25519 keys. ${advice}`, error);
  }
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw missing
      ? new CommandError(EXIT.notFound, `There is no file ${file}.`, error)
      : new CommandError(EXIT.failed, `${file} cannot be read: ${messageOf(error)}`, error);
  }
}
