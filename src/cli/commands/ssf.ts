import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Config, SsfConnection } from '../../config/config.ts';
import { readEnvironment } from '../../config/environment.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { CommandError, EXIT } from '../exit.ts';
import { say } from '../output.ts';

interface ConnectOptions {
  readonly config?: string;
  readonly poll?: boolean;
  readonly json?: boolean;
}

export function ssfCommand(program: Command): void {
  program
    .command('ssf')
    .summary('set up streams of Shared Signals')
    .command('connect')
    .summary('make the stream of a connection at its transmitter, or bring it up to date, and have it verified')
    .argument('<connection>', 'the id of the connection in the configuration')
    .option('--poll', 'fetch the tokens instead of letting them be pushed (default: where the connection has a poll block)')
    .option('--config <path>', 'the file (default: LEAVER_CONFIG, else ./leaver.yaml)')
    .option('--json', 'print it as JSON')
    .action(connect);
}

async function connect(id: string, { json, poll, config: path }: ConnectOptions): Promise<void> {
  const { configPath, env } = readEnvironment();
  // Loaded only here: the other commands start faster without them.
  const [{ loadConfig }, { connectStream }] = await Promise.all([
    import('../../config/config.ts'),
    import('../../intake/shared-signals/connect-stream.ts'),
  ]);
  const config = await loadConfig({ path: path ?? configPath, env });
  const { connection, token } = findConnection(config, id);
  const state = randomBytes(16).toString('base64url');
  const delivery = deliveryOf(config, connection, poll ?? false);
  const { audience, issuer, jwksUri } = connection;
  const stream = await connectStream({
    connection: id,
    issuer,
    audience,
    jwksUri,
    token,
    delivery,
    state,
    meanings: config.policy.signals,
  }).catch((error: unknown) => {
    throw error instanceof LeaverError && error.code === 'unavailable' ? new CommandError(EXIT.unreachable, error.message, error) : error;
  });
  if (json) {
    return say(JSON.stringify({ connection: id, delivery: delivery.method, state, ...stream }));
  }
  say(
    `The stream ${stream.streamId ?? 'for Leaver'} of ${issuer} was ${stream.did}.`,
    delivery.method === 'push'
      ? `Its tokens are pushed to ${delivery.url}`
      : `Its tokens are fetched from ${stream.pollUrl ?? 'an address it does not name'}`,
    `It sends ${stream.delivered.join(', ') || 'what it does not name'}`,
    verificationLine(stream.verification, state),
    ...stream.warnings.map((warning) => `Warning: ${warning}`),
  );
}

function verificationLine(verification: 'asked' | 'not offered' | 'refused', state: string): string {
  switch (verification) {
    case 'asked':
      return `Its verification was asked for: when it has come, GET /v1/signals lists it as ignored, with the state ${state}`;
    case 'not offered':
      return 'It offers no verification';
    case 'refused':
      return 'Warning: it refused to verify the stream now (it may have done so a moment ago)';
  }
}

function findConnection(config: Config, id: string): { connection: SsfConnection; token: string } {
  const connection = config.connections.find((one): one is SsfConnection => one.kind === 'ssf' && one.id === id);
  if (!connection) {
    const known = config.connections.flatMap((one) => (one.kind === 'ssf' ? [one.id] : []));
    throw new CommandError(
      EXIT.notFound,
      `The configuration has no connection ${id} of the kind ssf${known.length > 0 ? `; it has ${known.join(', ')}` : ''}.`,
    );
  }
  if (!connection.management) {
    const advice = `Write management: { token: "\${NAME}" } into the connection ${id}: a token that may manage streams at the transmitter.`;
    throw new CommandError(EXIT.configuration, `The connection ${id} has no token for the transmitter. ${advice}`);
  }
  return { connection, token: connection.management.token.reveal() };
}

function deliveryOf({ server }: Config, { id, bearer, poll }: SsfConnection, polls: boolean) {
  if (polls || poll) {
    return { method: 'poll', url: poll?.url ?? null } as const;
  }
  const url = `${server.publicUrl}/intake/ssf/${id}/events`;
  return { method: 'push', url, authorization: bearer[0]?.reveal() ?? null } as const;
}
