import { createHash, randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { ROLES } from '../../http/auth.ts';
import { say } from '../output.ts';

interface TokenOptions {
  readonly name: string;
  readonly role: string;
  readonly json?: boolean;
}

export function tokenCommand(program: Command): void {
  program
    .command('token')
    .summary('make tokens for operators')
    .command('new')
    .summary('make a token, and the line of the configuration that lets it in')
    .option('--name <name>', 'who will hold it', readName, 'operator')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('operator'))
    .option('--json', 'print it as JSON')
    .action(makeToken);
}

/** 256 bits of chance; the prefix lets scanners for leaked secrets find it. */
function makeToken({ name, role, json }: TokenOptions): void {
  const token = `leaver_${randomBytes(32).toString('base64url')}`;
  const entry = { name, role, sha256: createHash('sha256').update(token).digest('hex') };
  if (json) {
    say(JSON.stringify({ token, ...entry }));
    return;
  }
  say('The token, shown only now; give it to its holder:', '', `  ${token}`, '');
  say('The line under operators.tokens in the configuration, which keeps only its hash:', '', `  ${yamlLine(entry)}`);
}

function yamlLine(entry: object): string {
  return stringify([entry], { collectionStyle: 'flow', lineWidth: 0 })
    .trim()
    .replace(/^\[\s*(.*?)\s*\]$/s, '- $1');
}

function readName(text: string): string {
  if (text.trim() === '') {
    throw new InvalidArgumentError('It must not be empty.');
  }
  return text;
}
