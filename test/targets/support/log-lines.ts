import { createLog, type Log } from '../../../src/kernel/log.ts';

/** A log of everything from debug on, and its lines as text. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } }), lines };
}
