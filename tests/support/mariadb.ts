import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, openSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { command, userId } from './capabilities.ts';
import type { DatabaseServer } from './database-server.ts';
import { freePort } from './free-port.ts';
import { runProgram } from './run-program.ts';
import { serverDirectory } from './server-directory.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { watchEnd, type WatchedEnd } from './unasked-end.ts';
import { untilConnects } from './until-connects.ts';

/** Debian's `mariadb-server` package. */
export const realMariadb = command('mariadbd');

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

/** Nothing that only a crash of the machine could show: tests kill the server, not the machine. */
const FOR_TESTS = [
  '--innodb-buffer-pool-size=64M', '--innodb-flush-log-at-trx-commit=2', '--innodb-doublewrite=0', '--innodb-log-file-size=32M', '--skip-log-bin',
  '--innodb-autoextend-increment=4', '--performance-schema=0', '--skip-name-resolve', '--max-connections=600', '--innodb-fast-shutdown=2',
];

/** As Debian's package runs it, with a buffer that holds a benchmark's data: what it has committed is on disk. */
const FOR_BENCHMARKS = ['--innodb-buffer-pool-size=512M', '--max-connections=600', '--skip-name-resolve'];

export interface MariadbServer extends DatabaseServer {
  readonly pid: number;
  /** Runs SQL as root; several statements, separated by semicolons. */
  statement(text: string): Promise<void>;
}

/**
 * Starts a MariaDB of the test's own, as the user `mysql` where root runs the tests. Databases are made as
 * deployment guides make them: in utf8, not utf8mb4. `durable`: on disk, and with the defaults. Takes some 4 s.
 */
export async function startMariadb({ durable = false } = {}): Promise<MariadbServer> {
  const directory = durable ? temporaryDirectory(0o711) : serverDirectory();
  const owner = userId('mysql') ?? userInfo().uid;
  if (owner !== userInfo().uid) chownSync(directory.path, owner, owner);
  const data = join(directory.path, 'data');
  const socket = join(directory.path, 'mariadb.sock');
  const asOwner = owner === userInfo().uid ? [] : ['--user=mysql'];
  const asUser = owner === userInfo().uid ? [] : ['--reuid=mysql', '--regid=mysql', '--clear-groups'];
  const port = await freePort();
  let server: ChildProcess | undefined;
  let end: WatchedEnd | undefined;

  const start = async (): Promise<void> => {
    const output = join(directory.path, 'server.out');
    const log = openSync(output, 'a');
    // setpriv: should this process be killed, so is the server. That is forgotten by a process that changes its user: so setpriv does it first.
    server = spawn(
      'setpriv',
      [...asUser, '--pdeathsig', 'KILL', 'mariadbd', '--no-defaults', `--datadir=${data}`, `--socket=${socket}`, '--bind-address=127.0.0.1', `--port=${port}`, ...(durable ? FOR_BENCHMARKS : FOR_TESTS)],
      { env: ENVIRONMENT, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    end = watchEnd('MariaDB', server, output);
    await untilConnects(port, server, () => readFileSync(output, 'utf8').slice(-2000));
  };
  const kill = async (): Promise<void> => {
    if (server?.exitCode !== null || server.signalCode !== null) return;
    end?.expect();
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  const statement = (text: string): Promise<void> => runProgram(['mariadb', '--no-defaults', '-uroot', `--socket=${socket}`, '-e', text], ENVIRONMENT);
  const dispose = async (): Promise<void> => {
    await kill();
    directory[Symbol.dispose]();
  };

  try {
    await runProgram(['mariadb-install-db', '--no-defaults', ...asOwner, `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'], ENVIRONMENT);
    await start();
    await statement("create user neutron@'%' identified by 'p@ss:w/rd'; grant all on *.* to neutron@'%'");
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    url: (database) => `mysql+pymysql://neutron:p%40ss%3Aw%2Frd@127.0.0.1:${port}/${database}?charset=utf8`,
    create: async (database) => void (await statement(`create database ${database} character set utf8mb3`)),
    drop: async (database) => void (await statement(`drop database ${database}`)),
    kill,
    start,
    unaskedEnd: () => end?.unasked(),
    statement,
    get pid() {
      return server?.pid ?? 0;
    },
    [Symbol.asyncDispose]: dispose,
  };
}
