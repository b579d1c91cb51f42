#!/usr/bin/env node
import { runProgram } from './program.ts';

// A reader that has enough (`leaver cases | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    throw error;
  }
  process.exit();
});

const exitCode = await runProgram(process.argv.slice(2));
// `serve` sets it by itself, and returns while the service runs.
if (exitCode !== 0) {
  process.exitCode = exitCode;
}
