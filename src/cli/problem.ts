import { type ProblemAnswer, problemAnswer } from './answers.ts';
import { CommandError, EXIT, type ExitCode } from './exit.ts';

const BY_STATUS: Readonly<Record<number, ExitCode>> = { 400: EXIT.usage, 404: EXIT.notFound, 503: EXIT.unreachable };
const GATEWAY_STATUSES = [502, 503, 504];

/** The error that a refusing answer stands for, in the words of the service. */
export function failureOf(base: string, { status }: { readonly status: number }, text: string): CommandError {
  const problem = readProblem(text);
  if (problem) {
    return new CommandError(BY_STATUS[status] ?? EXIT.failed, wordsOf(status, problem));
  }
  return GATEWAY_STATUSES.includes(status)
    ? new CommandError(EXIT.unreachable, `Something in front of Leaver answers for it at ${base} (HTTP ${status}). Check that Leaver runs.`)
    : notLeaver(base, `HTTP ${status}`);
}

/** The error for an answer that Leaver does not give. */
export function notLeaver(base: string, why: string): CommandError {
  return new CommandError(EXIT.failed, `What answers at ${base} does not seem to be Leaver (${why}). Check --url or LEAVER_URL.`);
}

function readProblem(text: string): ProblemAnswer | undefined {
  try {
    return problemAnswer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function wordsOf(status: number, { detail, errors = [], instance }: ProblemAnswer): string {
  if (errors.length > 0) {
    const places = errors.map(({ path, message }) => `\n  ${path.slice(1).replaceAll('/', '.') || 'as a whole'}: ${message}`);
    return `Leaver does not take this request:${places.join('')}`;
  }
  if (status === 401) {
    return `${detail} On the command line it is given with LEAVER_TOKEN or --token.`;
  }
  return status >= 500 && instance !== undefined ? `${detail} Instance: ${instance}` : detail;
}
