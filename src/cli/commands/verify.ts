import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../../kernel/errors.ts';
import type { KeySet } from '../../ledger/bundle.ts';
import type { Verdict } from '../../ledger/verify.ts';
import { CommandError, EXIT } from '../exit.ts';
import { say } from '../output.ts';
import { printable } from '../text.ts';
import { moment } from '../time.ts';

interface VerifyOptions {
  readonly key?: string;
  readonly json?: boolean;
}

export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('check evidence offline')
    .description('Checks an evidence file with nothing but its bytes. Exits 4, naming what is wrong first, when it does not verify.')
    .argument('<file>', 'the evidence')
    .option('--key <jwks-file>', 'the keys to trust: what the service shows at /.well-known/jwks.json, kept in a file')
    .option('--json', 'print the verdict as JSON')
    .action(verify);
}

async function verify(file: string, { key, json = false }: VerifyOptions): Promise<void> {
  const trusted = key === undefined ? undefined : await readKeys(key);
  // Loaded only here: the other commands start faster without the cryptography.
  const { verifyEvidence } = await import('../../ledger/verify.ts');
  const verdict = await verifyEvidence(await read(file), trusted);
  if (json) {
    say(JSON.stringify(asJson(verdict, trusted !== undefined)));
  }
  if (!verdict.ok) {
    throw new CommandError(EXIT.notVerified, `${file} does not verify: ${verdict.problem}`);
  }
  if (!json) {
    say(...describe(verdict, trusted !== undefined));
  }
}

type Verified = Extract<Verdict, { ok: true }>;

function describe({ payload, entries, kid }: Verified, originProven: boolean): string[] {
  const { person, head, madeAt, case: subject } = payload;
  const integrity = `It verifies: ${entries} entries of the case ${printable(subject.id)} of ${printable(person.email)}, which is ${printable(subject.state)}.`;
  const place = `They lie unbroken in a ledger of ${head.seq} entries, as of ${moment(madeAt)}.`;
  return [integrity, place, originProven ? `Signed with the trusted key ${kid}.` : ORIGIN_UNPROVEN];
}

const ORIGIN_UNPROVEN =
  'Integrity was proven, but not origin: the key is the one in the file. Give the keys of your service with --key to prove who signed it.';

function asJson(verdict: Verdict, originProven: boolean): object {
  if (!verdict.ok) {
    return verdict;
  }
  const { payload, ...rest } = verdict;
  return { ...rest, originProven, caseId: payload.case.id, person: payload.person.email, state: payload.case.state, head: payload.head };
}

async function readKeys(file: string): Promise<KeySet> {
  const { keySetSchema } = await import('../../ledger/bundle.ts');
  try {
    return keySetSchema.parse(JSON.parse(await read(file)));
  } catch (error) {
    if (error instanceof CommandError) {
      throw error;
    }
    const advice = 'Write what the service shows at /.well-known/jwks.json into it.';
    throw new CommandError(EXIT.usage, `${file} is not a key set (JWKS) with Ed25519 keys. ${advice}`, error);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw missing
      ? new CommandError(EXIT.notFound, `There is no file ${file}.`, error)
      : new CommandError(EXIT.failed, `${file} cannot be read: ${messageOf(error)}`, error);
  }
}
