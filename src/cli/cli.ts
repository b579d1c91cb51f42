#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import path from 'node:path';

// Most of a short command is compiling: kept beside the packages, it takes less than half the time from the second one on.
enableCompileCache(path.join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'leaver'));
const { runProgram } = await import('./program.ts');

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
