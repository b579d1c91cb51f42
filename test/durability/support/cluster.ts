import assert from 'node:assert/strict';
import { chmod, mkdir } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { chooseAccount } from '../../../src/database/embedded/account.ts';
import { installedNative, usableBinaries } from '../../../src/database/embedded/binaries.ts';
import { ensureCluster, layoutOf } from '../../../src/database/embedded/cluster.ts';
import { ensureDatabase } from '../../../src/database/embedded/connection.ts';
import { launch } from '../../../src/database/embedded/launch.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/service.ts';
import { undo } from '../../support/undo.ts';

/** A PostgreSQL that can be made to crash, and that nobody but the test starts again. */
export interface Cluster {
  readonly url: string;
  /** Ends every process of it at once, with whatever they were about to commit. */
  crash(): Promise<void>;
  /** Starts it again on the same port, where it recovers what it had committed. */
  startAgain(): Promise<void>;
}

export async function openCluster(t: TestContext): Promise<Cluster> {
  const dataDir = await temporaryFolder(t);
  const layout = layoutOf(dataDir);
  const account = await chooseAccount(layout.cluster);
  await mkdir(layout.folder);
  await chmod(layout.folder, 0o711);
  const binaries = await usableBinaries(await installedNative(), dataDir, account);
  const password = await ensureCluster(layout, binaries, account, createLog({ level: 'silent' }));
  const needs = { layout, binaries, account, clock: systemClock };

  const start = async (port?: number) => {
    const launched = await launch(needs, port);
    assert.ok(launched.kind === 'ready', JSON.stringify(launched));
    return launched;
  };
  let { child, postmaster } = await start();
  const { port } = postmaster;
  const crash = async (): Promise<void> => {
    // PostgreSQL's immediate shutdown: nothing is finished, nothing is written.
    process.kill(postmaster.pid, 'SIGQUIT');
    await eventually('PostgreSQL is down', () => child.exitCode !== null || child.signalCode !== null);
  };
  undo(t, async () => {
    if (child.exitCode === null && child.signalCode === null) {
      await crash();
    }
  });
  return {
    url: await ensureDatabase(port, password, layout.cluster),
    crash,
    startAgain: async () => {
      ({ child, postmaster } = await start(port));
    },
  };
}
