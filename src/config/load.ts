import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LeaverError } from '../kernel/errors.ts';
import { findRepetitions } from './cross-field.ts';
import { explainIssues } from './explain.ts';
import { configurationError, type Fault, isWithin, type Path, pathText } from './faults.ts';
import { interpolate, type Variables } from './interpolate.ts';
import { type Config, configSchema } from './schema.ts';
import { readSecretFiles } from './secret-files.ts';
import { readYaml } from './yaml-source.ts';

export interface LoadOptions {
  readonly path: string;
  readonly env: Variables;
}

/**
 * Reads and checks the configuration file.
 *
 * Throws one `configuration` error that names everything that is wrong: in the YAML, in the variables it asks for, in the files that
 * hold secrets and in the settings themselves. No message holds the value of a setting.
 */
export async function loadConfig({ path, env }: LoadOptions): Promise<Config> {
  const file = resolve(path);
  return await parseConfig({ text: await readConfigFile(file), path: file, env });
}

/** As `loadConfig`, for text that is at hand; relative paths count from the folder of `path`, which need not exist. */
export async function parseConfig({ text, path, env }: LoadOptions & { readonly text: string }): Promise<Config> {
  const file = resolve(path);
  const source = readYaml(text);
  if (!source.readable) throw configurationError(file, source.faults);
  const filled = interpolate(source.tree, env);
  const complete = await readSecretFiles(filled.value, dirname(file));
  const { data, faults } = checkSettings(complete.value);
  const told = [...filled.faults, ...complete.faults];
  const untold = withOrigins(notYetTold(faults, [...told.map(({ path }) => path), ...complete.unresolved]), filled.origins);
  const all = [...source.faults, ...[...told, ...untold].map((fault) => withLine(fault, source.lineOf(fault.path)))];
  if (data === undefined || all.length > 0) throw configurationError(file, all);
  return withAbsolutePaths(data, dirname(file));
}

function withAbsolutePaths(config: Config, folder: string): Config {
  const { dataDir, notifications } = config;
  const { templatesDir } = notifications;
  const templates = templatesDir === undefined ? {} : { templatesDir: resolve(folder, templatesDir) };
  return { ...config, dataDir: resolve(folder, dataDir), notifications: { ...notifications, ...templates } };
}

function checkSettings(tree: unknown): { data: Config | undefined; faults: Fault[] } {
  const { data, error } = configSchema.safeParse(tree);
  return { data, faults: [...explainIssues(error?.issues ?? []), ...findRepetitions(tree)] };
}

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const wrong = code === 'ENOENT' ? `There is no configuration at ${file}` : `The configuration ${file} cannot be read (${String(code)})`;
    throw new LeaverError('configuration', `${wrong}; put it there, or set LEAVER_CONFIG to the path of the file`, { cause });
  }
}

/** A value that could not be found out has its fault already; what the schema says about it would mislead. */
function notYetTold(faults: readonly Fault[], unresolved: readonly Path[]): Fault[] {
  return faults.filter(({ path }) => !unresolved.some((place) => isWithin(path, place)));
}

function withOrigins(faults: readonly Fault[], origins: ReadonlyMap<string, readonly string[]>): Fault[] {
  return faults.map((fault) => {
    const names = origins.get(pathText(fault.path));
    return names === undefined ? fault : { ...fault, text: `${fault.text}; the value comes from ${names.join(' and ')}` };
  });
}

function withLine(fault: Fault, line: number | undefined): Fault {
  return line === undefined ? fault : { ...fault, line };
}
