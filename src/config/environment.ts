import { Secret } from '../kernel/secret.ts';
import type { Variables } from './interpolate.ts';

/** What the process was told through its environment. */
export interface Environment {
  /** `LEAVER_CONFIG`, else `./leaver.yaml`. */
  readonly configPath: string;
  /** All variables, for the placeholders of the configuration. */
  readonly env: Variables;
  /** `LEAVER_URL`: the service that the command line speaks to. */
  readonly url: string;
  /** `LEAVER_TOKEN`: what the command line signs in with. */
  readonly token: Secret | null;
  /** Nobody watches: `CI` is set to anything but a no. */
  readonly isCi: boolean;
  /** `NO_COLOR` is set to anything (https://no-color.org). */
  readonly noColor: boolean;
}

/** Reads the environment; nothing else in the service does. A variable that is set to nothing counts as unset. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const env = { ...variables };
  const token = env['LEAVER_TOKEN'];
  return {
    configPath: env['LEAVER_CONFIG'] || './leaver.yaml',
    env,
    url: env['LEAVER_URL'] || 'http://127.0.0.1:8080',
    token: token ? new Secret(token) : null,
    isCi: !['', '0', 'false', 'no'].includes((env['CI'] ?? '').toLowerCase()),
    noColor: (env['NO_COLOR'] ?? '') !== '',
  };
}
