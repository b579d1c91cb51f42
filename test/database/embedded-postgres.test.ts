import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, chown, cp, mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { chooseAccount } from '../../src/database/embedded/account.ts';
import { installedNative, usableBinaries } from '../../src/database/embedded/binaries.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { eventually } from '../support/eventually.ts';
import {
  AS_ROOT,
  canReach,
  childrenOf,
  clusterOf,
  isAlive,
  listening,
  makeEmptyPlace,
  makePlace,
  pidFileOf,
  plainUser,
  query,
  refusalOf,
  startedOf,
  unfinishedIn,
  userOf,
} from './embedded-place.ts';

const KEEP = 'CREATE TABLE kept AS SELECT 42 AS answer';
const FIND = 'SELECT answer FROM kept';
const KEPT = [{ answer: 42 }];
const ONE = 'SELECT 1 AS one';

/** Never waits long, and never comes to the end of a longer pause. */
const IMPATIENT: Clock = { ...systemClock, sleep: async (ms, signal) => await systemClock.sleep(Math.min(ms, 50), signal) };
const ASLEEP: Clock = { ...systemClock, sleep: async (ms, signal) => await systemClock.sleep(ms < 500 ? ms : 600_000, signal) };

suite('embedded PostgreSQL', { timeout: 300_000 }, () => {
  test('a cold start creates the cluster and the database, a warm start finds the data again', async (t) => {
    const { dataDir, start } = await makeEmptyPlace(t);
    const first = await start();
    assert.deepEqual(await query(first.url, 'SELECT current_database() AS name'), [{ name: 'leaver' }]);
    await query(first.url, KEEP);
    await first.stop();

    const second = await start();
    assert.deepEqual(await query(second.url, FIND), KEPT);
    const files = ['cluster', 'owner', 'owner.lock', 'password', 'server.log', 'server.log.previous'];
    assert.deepEqual((await readdir(join(dataDir, 'postgres'))).sort(), files);
  });

  test('a database that somebody dropped is created again', async (t) => {
    const { start } = await makePlace(t);
    const first = await start();
    await query(first.url.replace('/leaver?', '/postgres?'), 'DROP DATABASE leaver');
    await first.stop();

    const second = await start();
    assert.deepEqual(await query(second.url, 'SELECT current_database() AS name'), [{ name: 'leaver' }]);
  });

  test('it keeps what it commits, checks its pages, and speaks UTF-8 and UTC', async (t) => {
    const { url } = await (await makePlace(t)).start();
    const expected = {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
      timezone: 'UTC',
      password_encryption: 'scram-sha-256',
    };
    const columns = Object.keys(expected).map((name) => `current_setting('${name}') AS ${name}`);
    assert.deepEqual(await query(url, `SELECT ${columns.join(', ')}`), [expected]);
    const locale = await query(url, 'SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()');
    assert.deepEqual(locale, [{ datlocprovider: 'b', datlocale: 'C.UTF-8' }]);
  });

  test('it listens on the loopback address only, and on no socket file', async (t) => {
    const { url } = await (await makePlace(t)).start();
    assert.deepEqual(await query(url, 'SHOW listen_addresses'), [{ listen_addresses: '127.0.0.1' }]);
    assert.deepEqual(await query(url, 'SHOW unix_socket_directories'), [{ unix_socket_directories: '' }]);
  });

  test('the password is long, readable by us alone, and the only way in', async (t) => {
    const { dataDir, start } = await makePlace(t);
    const { url } = await start();
    const path = join(dataDir, 'postgres', 'password');
    const { mode, uid } = await stat(path);
    assert.deepEqual([mode & 0o777, uid], [0o600, process.geteuid?.()]);
    const password = await readFile(path, 'utf8');
    assert.match(password, /^[\w-]{43}$/);
    await assert.rejects(query(url.replace(password, 'wrong'), ONE), { code: '28P01' });
    const methods = await query(url, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules');
    assert.deepEqual(methods, [{ auth_method: 'scram-sha-256' }]);
  });

  test('no log and no error holds the password', async (t) => {
    const { dataDir, start } = await makePlace(t);
    const { lines, log } = listening();
    const postgres = await start(log);
    const refusal = await refusalOf(start(log));
    await postgres.stop();
    const password = await readFile(join(dataDir, 'postgres', 'password'), 'utf8');
    const serverLog = await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8');
    const said = [...lines, refusal.message, JSON.stringify(refusal.details), serverLog].join('\n');
    assert.match(said, /PostgreSQL is ready/);
    assert.ok(!said.includes(password));
  });

  test('a server that cannot start is quoted in the error, and starts once its trouble is mended', async (t) => {
    const { dataDir, start } = await makePlace(t);
    const settings = join(clusterOf(dataDir), 'postgresql.conf');
    const sound = await readFile(settings, 'utf8');
    await appendFile(settings, '\nno_such_setting = on\n');
    const { code, message } = await refusalOf(start());
    assert.equal(code, 'database-unavailable');
    assert.match(message, /unrecognized configuration parameter "no_such_setting"/);

    await writeFile(settings, sound);
    await start();
  });

  test('a cluster whose password is lost is left alone, and the error says which file is missing', async (t) => {
    const { dataDir, start } = await makePlace(t);
    const path = join(dataDir, 'postgres', 'password');
    const password = await readFile(path, 'utf8');
    await unlink(path);
    const { message } = await refusalOf(start());
    assert.ok(message.includes(path), message);

    await writeFile(path, password);
    await start();
  });

  test('stop ends every process of the server, and may be called twice', async (t) => {
    const postgres = await (await makePlace(t)).start();
    const processes = [postgres.pid, ...childrenOf(postgres.pid)];
    assert.ok(processes.length > 3);
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    assert.deepEqual(processes.filter(isAlive), []);
  });

  test('stop ends open sessions and does not wait for them', async (t) => {
    const postgres = await (await makePlace(t)).start();
    const session = new Client(postgres.url);
    await session.connect();
    const reasons: string[] = [];
    session.on('error', (error) => reasons.push(error.message));
    await postgres.stop();
    assert.match(reasons[0] ?? '', /terminating connection due to administrator command/);
  });

  test('after the service was killed, its server is found again with the data', async (t) => {
    const { start, runService } = await makePlace(t);
    const service = runService();
    const { url, pid } = await startedOf(service);
    await query(url, KEEP);
    await service.kill();

    const postgres = await start();
    assert.deepEqual([postgres.pid, postgres.url], [pid, url]);
    assert.deepEqual(await query(postgres.url, FIND), KEPT);
    await postgres.stop();
    await assert.rejects(query(url, ONE), { code: 'ECONNREFUSED' });
  });

  test('after service and server were killed, a pid file that names a living stranger does not keep it from starting', async (t) => {
    const { dataDir, start, runService, runStranger } = await makePlace(t);
    const service = runService();
    const { url, pid } = await startedOf(service);
    await query(url, KEEP);
    await service.kill();
    process.kill(pid, 'SIGKILL');
    const stranger = await runStranger();
    const pidFile = await readFile(pidFileOf(dataDir), 'utf8');
    await writeFile(pidFileOf(dataDir), pidFile.replace(String(pid), String(stranger)));

    const postgres = await start();
    assert.notEqual(postgres.pid, pid);
    assert.deepEqual(await query(postgres.url, FIND), KEPT);
    assert.ok(isAlive(stranger));
  });

  test('stop never signals a stranger that the pid file has come to name', async (t) => {
    const { dataDir, start, runStranger } = await makePlace(t);
    const postgres = await start(listening().log, ASLEEP);
    const pidFile = await readFile(pidFileOf(dataDir), 'utf8');
    process.kill(postgres.pid, 'SIGKILL');
    while (isAlive(postgres.pid)) await delay(5);
    const stranger = await runStranger();
    await writeFile(pidFileOf(dataDir), pidFile.replace(String(postgres.pid), String(stranger)));
    await postgres.stop();
    assert.ok(isAlive(stranger));
  });

  test('a pid file that was cut off does not keep it from starting', async (t) => {
    const { dataDir, start } = await makePlace(t);
    await writeFile(pidFileOf(dataDir), '');
    await start();
  });

  test('a creation that was cut off is cleaned away and done again', async (t) => {
    const { dataDir, start, runService } = await makeEmptyPlace(t);
    const service = runService();
    while ((await unfinishedIn(dataDir)).length === 0) await delay(5);
    await delay(200);
    await service.kill();
    assert.equal((await unfinishedIn(dataDir)).length, 1);

    const postgres = await start();
    assert.deepEqual(await query(postgres.url, ONE), [{ one: 1 }]);
    assert.deepEqual(await unfinishedIn(dataDir), []);
  });

  test('a second service is refused, learns who has the folder, and disturbs nothing', async (t) => {
    const { start, runService } = await makePlace(t);
    const service = runService();
    const { url, pid } = await startedOf(service);
    const { code, message } = await refusalOf(start());
    assert.equal(code, 'database-unavailable');
    assert.ok(message.includes(`process ${service.pid} `), message);
    assert.deepEqual(await query(url, ONE), [{ one: 1 }]);
    assert.ok(isAlive(pid));
  });

  test('a second start within one process is refused as well, until the first has stopped', async (t) => {
    const { start } = await makePlace(t);
    const first = await start();
    const { message } = await refusalOf(start());
    assert.ok(message.includes(`process ${process.pid} `), message);
    assert.deepEqual(await query(first.url, ONE), [{ one: 1 }]);
    await first.stop();
    await start();
  });

  for (const [state, make] of Object.entries({ new: makeEmptyPlace, existing: makePlace })) {
    test(`of services that start in one ${state} folder at the same moment, exactly one wins`, async (t) => {
      const { runService } = await make(t);
      const told = await Promise.all([1, 2, 3].map(() => runService().told));
      const winners = told.flatMap(({ started }) => started ?? []);
      const refusals = told.flatMap(({ refused }) => refused ?? []);
      assert.deepEqual([winners.length, refusals.length], [1, 2], refusals.join('\n'));
      for (const refusal of refusals) assert.match(refusal, /^Another Leaver/);
      for (const { url } of winners) assert.deepEqual(await query(url, ONE), [{ one: 1 }]);
    });
  }

  test('a server that is killed is reported and started again where it was, with its data, as often as that happens', async (t) => {
    const { start } = await makePlace(t);
    const { lines, log } = listening();
    const postgres = await start(log);
    await query(postgres.url, KEEP);
    for (const times of [1, 2]) {
      const { pid } = postgres;
      process.kill(pid, 'SIGKILL');
      await eventually('it runs again', () => postgres.pid !== pid);
      assert.deepEqual(await query(postgres.url, FIND), KEPT);
      assert.equal(lines.filter((line) => line.includes('PostgreSQL ended, and not because it was asked to')).length, times);
    }
    const { pid } = postgres;
    await postgres.stop();
    assert.ok(!isAlive(pid));
  });

  test('a server that was found running is started again too when it ends', async (t) => {
    const { start, runService } = await makePlace(t);
    const service = runService();
    const { pid } = await startedOf(service);
    await service.kill();
    const postgres = await start(listening().log, IMPATIENT);
    assert.equal(postgres.pid, pid);
    process.kill(pid, 'SIGKILL');
    await eventually('it runs again', () => postgres.pid !== pid);
    assert.deepEqual(await query(postgres.url, ONE), [{ one: 1 }]);
  });

  test('a server that has ended and is not back yet is not waited for by stop', async (t) => {
    const { start } = await makePlace(t);
    const postgres = await start(listening().log, ASLEEP);
    process.kill(postgres.pid, 'SIGKILL');
    while (isAlive(postgres.pid)) await delay(5);
    await postgres.stop();
    await (await start()).stop();
  });

  test('a folder closed to the user of PostgreSQL is named together with the remedy; our own closed folder will do', async (t) => {
    const { dataDir, start } = await makeEmptyPlace(t);
    await chmod(dataDir, 0o700);
    if (!AS_ROOT) return assert.ok((await start()).pid);
    const inner = join(dataDir, 'inner');
    await mkdir(inner);
    const { code, message } = await refusalOf(startEmbeddedPostgres({ dataDir: inner, log: listening().log }));
    assert.equal(code, 'database-unavailable');
    assert.ok(message.includes(`cannot enter ${dataDir}.`), message);
    assert.match(message, /user "(postgres|nobody)".* Set dataDir .* set database\.url/);
    assert.deepEqual(await readdir(inner), []);
  });

  test('works as a plain user, who stays the user of the cluster when root starts it later', async (t) => {
    const { dataDir, start, runService } = await makeEmptyPlace(t);
    const user = plainUser();
    if (!canReach(user)) return t.skip('a plain user cannot read this project where it lies');
    await chown(dataDir, user.uid, user.gid);
    const service = runService(user);
    const { url, pid } = await startedOf(service);
    assert.deepEqual(await query(url, ONE), [{ one: 1 }]);
    assert.equal(userOf(pid), user.uid);
    const folder = await stat(join(dataDir, 'postgres'));
    assert.deepEqual([folder.uid, folder.mode & 0o777], [user.uid, 0o700]);
    assert.equal((await stat(join(dataDir, 'postgres', 'password'))).uid, user.uid);

    await service.kill();
    process.kill(pid, 'SIGKILL');
    const later = await start();
    assert.equal(userOf(later.pid), user.uid);
  });

  test('binaries out of reach, or without their links, are copied once and run from there', async (t) => {
    const { dataDir } = await makeEmptyPlace(t);
    const { dataDir: closed } = await makeEmptyPlace(t);
    const native = { path: join(closed, 'native'), version: '1.2.3' };
    await cp((await installedNative()).path, native.path, { recursive: true, verbatimSymlinks: true });
    await rm(join(native.path, 'lib', 'libicuuc.so.60'), { force: true });
    await chmod(closed, 0o700);
    const account = await chooseAccount(clusterOf(dataDir));

    const { postgres } = await usableBinaries(native, dataDir, account);
    if (process.platform === 'linux') assert.equal(postgres, join(dataDir, 'postgres-bin-1.2.3', 'bin', 'postgres'));
    const identity = account ? { uid: account.uid, gid: account.gid } : {};
    assert.match(execFileSync(postgres, ['--version'], { ...identity, cwd: '/', encoding: 'utf8' }), /^postgres \(PostgreSQL\) 18/);

    const { ctimeMs } = await stat(postgres);
    await usableBinaries(native, dataDir, account);
    assert.equal((await stat(postgres)).ctimeMs, ctimeMs);
  });
});
