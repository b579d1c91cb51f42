import type { Command } from 'commander';
import { instructionCommand } from '../instruct.ts';

export function retryCommand(program: Command): void {
  instructionCommand(program, 'retry', 'try again what failed, and at once what waits');
}
