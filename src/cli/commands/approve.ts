import type { Command } from 'commander';
import { instructionCommand } from '../instruct.ts';

export function approveCommand(program: Command): void {
  instructionCommand(program, 'approve', 'let a held case go on');
}
