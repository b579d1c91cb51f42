import os from 'node:os';
import closeWithGrace from 'close-with-grace';
import { startApp } from './app.ts';
import { type Config, loadConfig, readEnvironment, readTracing, type TracingEnvironment, unsupported } from './config/config.ts';
import { LeaverError } from './kernel/errors.ts';
import { createLog, type Log } from './kernel/log.ts';

/** The exit code for a configuration that cannot be used (`EX_CONFIG` of sysexits.h). */
const EXIT_CONFIGURATION = 78;

/** Runs the service until a signal stops it; exits 78 on a bad configuration, 1 when it cannot start. */
export async function serve(): Promise<void> {
  try {
    const environment = readEnvironment();
    const config = await loadConfig({ path: environment.configPath, env: environment.env });
    const log = createLog(config.log);
    for (const warning of unsupported(config).warnings) {
      log.warn(warning);
    }
    const stopTracing = await startTraces(readTracing(environment.env), log);
    const app = await startApp({ config, log });
    giveWay(config.roles);
    closeWithGrace({ delay: (config.server.shutdownSeconds + 15) * 1_000, logger: log }, async ({ signal, err }) => {
      if (err) {
        log.fatal({ err }, 'Leaver stops because of an error that nobody handled');
      }
      log.info({ signal }, 'Leaver is stopping');
      await app.close();
      await stopTracing();
      log.info('Leaver has stopped');
    });
  } catch (error) {
    process.stderr.write(`${error instanceof LeaverError ? error.message : (error as Error).stack}\n`);
    process.exitCode = error instanceof LeaverError && error.code === 'configuration' ? EXIT_CONFIGURATION : 1;
  }
}

/** Where senders are answered by another process, which may well be on the same machine, the work is done with what they leave of it. */
function giveWay(roles: Config['roles']): void {
  if (!roles.includes('api')) {
    try {
      os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // A sandbox may forbid it; then both have the same.
    }
  }
}

/** Traces are loaded only where somebody wants them; the answer sends what is left of them. */
async function startTraces({ isOn, ratio, warnings }: TracingEnvironment, log: Log): Promise<() => Promise<void>> {
  for (const warning of warnings) {
    log.warn(warning);
  }
  if (!isOn) {
    return async () => undefined;
  }
  const { startTracing } = await import('./telemetry/tracing.ts');
  const tracing = startTracing({ ratio, log });
  log.info({ ratio }, 'traces are sent by OTLP');
  return async () => await tracing.stop();
}

if (import.meta.main) {
  await serve();
}
