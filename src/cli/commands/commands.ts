import type { Command } from 'commander';
import { casesCommand } from './cases.ts';
import { checkpointCommand } from './checkpoint.ts';
import { completionCommand } from './completion.ts';
import { configCommand } from './config.ts';
import { containCommand } from './contain.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { eraseCommand } from './erase.ts';
import { evidenceCommand } from './evidence.ts';
import { generateCommand } from './generate.ts';
import { instructionCommands } from './instructions.ts';
import { keyCommand } from './key.ts';
import { migrateCommand } from './migrate.ts';
import { offboardCommand } from './offboard.ts';
import { planCommand } from './plan.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { ssfCommand } from './ssf.ts';
import { tokenCommand } from './token.ts';
import { verifyCommand } from './verify.ts';

/** Every command, in the order in which the help names them. */
export const COMMANDS: readonly ((program: Command) => void)[] = [
  serveCommand,
  demoCommand,
  offboardCommand,
  containCommand,
  planCommand,
  casesCommand,
  showCommand,
  instructionCommands,
  evidenceCommand,
  verifyCommand,
  checkpointCommand,
  eraseCommand,
  keyCommand,
  doctorCommand,
  configCommand,
  migrateCommand,
  ssfCommand,
  tokenCommand,
  completionCommand,
  generateCommand,
];
