export { isDatabaseUnavailable, isKeyTaken, isTransactionConflict } from './faults.ts';
export { type Database, openDatabase, pingDatabase } from './pool.ts';
export { type NewRow, postRows } from './post-rows.ts';
export { inSnapshot, inTransaction, inTransactionWith, type Opening, type Tx } from './transaction.ts';
