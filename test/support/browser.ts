import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const PACKAGE = path.join(path.dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..');

/** The browser, the libraries that a bare machine lacks, and fonts. */
const PARTS = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br'];

/** A real browser of a package's own, so that none need be installed: Chromium, for Linux. On other systems it is the Chrome that is there. */
export async function openBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') {
    return await chromium.launch({ channel: 'chrome' });
  }
  const home = await unpacked();
  const env = { HOME: home, LD_LIBRARY_PATH: path.join(home, 'al2023', 'lib'), FONTCONFIG_PATH: path.join(home, 'fonts') };
  // Tests run as root, too, where the sandbox of Chromium does not start.
  return await chromium.launch({ executablePath: path.join(home, 'chromium'), env, args: ['--no-sandbox', '--disable-gpu'] });
}

/** Unpacked once for each version, aside and then renamed: several test files may come at once, and none must meet half a browser. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const home = path.join(os.tmpdir(), `leaver-chromium-${version}`);
  if (existsSync(home)) {
    return home;
  }
  const aside = await mkdtemp(`${home}-`);
  const { TMPDIR } = process.env;
  try {
    // The package unpacks into the folder for temporary files, whichever that is.
    process.env['TMPDIR'] = aside;
    await Promise.all(PARTS.map(async (part) => await inflate(path.join(PACKAGE, 'bin', part))));
    await rename(aside, home);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!existsSync(home)) {
      throw error;
    }
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
  return home;
}
