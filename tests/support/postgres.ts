import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { userId, type Capability } from './capabilities.ts';
import type { DatabaseServer } from './database-server.ts';
import { freePort } from './free-port.ts';
import { runProgram } from './run-program.ts';
import { serverDirectory } from './server-directory.ts';
import { watchEnd, type WatchedEnd } from './unasked-end.ts';
import { untilConnects } from './until-connects.ts';

/** Debian keeps the servers of several versions beside each other, and none of them in PATH. */
const VERSIONS = '/usr/lib/postgresql';

/** Debian's `postgresql` package. Its server refuses to run as root. */
export const realPostgres: Capability = {
  missing() {
    if (programs() === undefined) return 'needs the program postgres';
    return userInfo().uid === 0 && userId('postgres') === undefined ? 'needs the user postgres' : undefined;
  },
};

/** Nothing that only a crash of the machine could show: tests kill the server, not the machine. */
const FOR_TESTS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=64MB', 'max_connections=300', 'autovacuum=off', 'log_min_messages=fatal'];

/** Starts a PostgreSQL of the test's own, as the user `postgres` where root runs the tests. Takes about 1 s. */
export async function startPostgres(): Promise<DatabaseServer> {
  const folder = programs() ?? '';
  const directory = serverDirectory();
  const isRoot = userInfo().uid === 0;
  const owner = isRoot ? userId('postgres') : undefined;
  if (owner !== undefined) chownSync(directory.path, owner, owner);
  const asOwner = owner === undefined ? [] : ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
  const environment = { PATH: `${folder}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8' };
  const data = join(directory.path, 'data');
  const port = await freePort();
  let server: ChildProcess | undefined;
  let end: WatchedEnd | undefined;

  const start = async (): Promise<void> => {
    const output = join(directory.path, 'server.out');
    const log = openSync(output, 'a');
    const settings = [`unix_socket_directories=${directory.path}`, 'listen_addresses=127.0.0.1', ...FOR_TESTS].flatMap((setting) => ['-c', setting]);
    // setpriv: should this process be killed, so is the server.
    server = spawn('setpriv', ['--pdeathsig', 'KILL', ...asOwner, join(folder, 'postgres'), '-D', data, '-p', String(port), ...settings], {
      cwd: directory.path,
      env: environment,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    end = watchEnd('PostgreSQL', server, output);
    await untilConnects(port, server, () => readFileSync(output, 'utf8').slice(-2000));
    // It listens before it is ready.
    for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
      try {
        await runProgram([join(folder, 'pg_isready'), '-q', '-h', directory.path, '-p', String(port)], environment);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  };
  const kill = async (): Promise<void> => {
    if (server?.exitCode !== null || server.signalCode !== null) return;
    end?.expect();
    const ended = once(server, 'exit');
    // Its own way of stopping at once, children and shared memory included: a recovery follows the next start.
    server.kill('SIGQUIT');
    await ended;
  };
  const statement = (text: string): Promise<unknown> =>
    runProgram([join(folder, 'psql'), '-h', directory.path, '-p', String(port), '-U', 'neutron', '-d', 'postgres', '-qc', text], environment);
  const dispose = async (): Promise<void> => {
    await kill();
    directory[Symbol.dispose]();
  };

  try {
    // A collation in which "a" < "B": what is ordered right in such a database is ordered right in every one.
    const initdb = [join(folder, 'initdb'), '-D', data, '-U', 'neutron', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale-provider=icu', '--icu-locale=en', '--locale=C.UTF-8'];
    await runProgram(asOwner.length === 0 ? initdb : ['setpriv', ...asOwner, ...initdb], environment);
    await start();
    await statement("alter user neutron password 'p@ss:w/rd'");
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    url: (database) => `postgresql+psycopg2://neutron:p%40ss%3Aw%2Frd@127.0.0.1:${port}/${database}?sslmode=prefer`,
    create: async (database) => void (await statement(`create database ${database}`)),
    drop: async (database) => void (await statement(`drop database ${database} with (force)`)),
    kill,
    start,
    unaskedEnd: () => end?.unasked(),
    [Symbol.asyncDispose]: dispose,
  };
}

/** The newest version's folder. */
function programs(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  return readdirSync(VERSIONS)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'postgres')));
}
