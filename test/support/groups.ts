import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/** These change what belongs to the whole process, keep it busy to the full, or start processes of their own: each file stays by itself. */
const ALONE = ['test/ci', 'test/config', 'test/database', 'test/docker', 'test/durability', 'test/intake/fuzz', 'test/telemetry'];

const FILES_A_GROUP = 8;

/**
 * Writes a file for each few test files of a folder that imports them, and gives the paths of what is to be run. Loading the service is most of what
 * a small test file costs; so it is loaded once for several.
 */
export async function groupTests(root: string, folder: string): Promise<string[]> {
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort();
  const isAlone = (file: string): boolean => ALONE.some((one) => file.startsWith(`${one}/`));
  const byFolder = Map.groupBy(
    files.filter((file) => !isAlone(file)),
    (file) => path.dirname(file),
  );
  const groups: string[] = [];
  for (const [dirname, own] of byFolder) {
    for (let from = 0; from < own.length; from += FILES_A_GROUP) {
      const group = path.join(folder, `${dirname.replaceAll('/', '-')}-${from / FILES_A_GROUP + 1}.test.mjs`);
      const imports = own.slice(from, from + FILES_A_GROUP).map((file) => `import ${JSON.stringify(path.join(root, file))};\n`);
      await writeFile(group, imports.join(''));
      groups.push(group);
    }
  }
  return [...files.filter(isAlone), ...groups];
}
