import { messageOf } from '../kernel/errors.ts';

const CONNECTION_CLASSES = new Set(['08', '53', '57']);
const CONNECTION_ERRNO = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether the database could not be reached or went away, as opposed to having refused a statement (SQLSTATE classes 08, 53, 57). */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    CONNECTION_ERRNO.has(code) ||
    CONNECTION_CLASSES.has(code.slice(0, 2)) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i.test(messageOf(error))
  );
}

/** Whether a transaction was given up for another one (SQLSTATE class 40: deadlock, serialization) and may be tried again as it is. */
export function isTransactionConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('40');
}

/** Whether a statement that PostgreSQL had kept parsed no longer fits its tables (SQLSTATE 0A000): a new connection parses it anew. */
export function isStalePlan(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '0A000' && error.message.includes('cached plan');
}

/** Whether PostgreSQL refused a row because another one has its key (SQLSTATE 23505). */
export function isKeyTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
