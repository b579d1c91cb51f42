import { execFile } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type AuditReport, verdictOn } from './audit-verdict.ts';

/**
 * Whether a package that is installed for production has a known hole that is high or critical: then it exits 1.
 *
 * Some registries (mirrors above all) keep no advisories. Then nothing was checked: that is said, and is a failure only with `--required`.
 */
const { values } = parseArgs({ options: { required: { type: 'boolean', default: false } } });
const { passed, lines } = verdictOn(await audit(), values.required);
process.stdout.write(lines.map((line) => `audit: ${line}\n`).join(''));
process.exitCode = passed ? 0 : 1;

async function audit(): Promise<AuditReport> {
  const printed = await new Promise<string>((resolve) => {
    // It exits 1 both when it has found something and when it could not look: its report tells which.
    execFile('npm', ['audit', '--omit=dev', '--json'], { maxBuffer: 64 * 1_048_576 }, (_error, out) => resolve(out));
  });
  try {
    return JSON.parse(printed) as AuditReport;
  } catch {
    return { message: 'npm audit printed no report' };
  }
}
