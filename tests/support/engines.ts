import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Capability } from './capabilities.ts';
import { realMariadb } from './mariadb.ts';
import { realPostgres } from './postgres.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** An empty database, deleted when the test is done with it. */
export interface EmptyDatabase extends AsyncDisposable {
  /** As `[database] connection` takes it. */
  readonly url: string;
}

/** A database that the server runs on. */
export interface Engine {
  readonly name: 'SQLite' | 'MariaDB' | 'PostgreSQL';
  readonly needs: readonly Capability[];
  emptyDatabase(): Promise<EmptyDatabase>;
}

const sqlite: Engine = {
  name: 'SQLite',
  needs: [],
  async emptyDatabase() {
    const directory = temporaryDirectory();
    return { url: `sqlite:///${join(directory.path, 'neutron.sqlite')}`, [Symbol.asyncDispose]: async () => directory[Symbol.dispose]() };
  },
};

const mariadb: Engine = { name: 'MariaDB', needs: [realMariadb], emptyDatabase: () => onServer('mariadb') };
const postgres: Engine = { name: 'PostgreSQL', needs: [realPostgres], emptyDatabase: () => onServer('postgres') };

const engines: readonly Engine[] = [sqlite, mariadb, postgres];

/**
 * The engine that this run of a test file is for: vitest.config.ts runs the tests of the database and the API once for
 * each. SQLite where nothing else is said.
 */
export function engineUnderTest(): Engine {
  const name = process.env['NEUTRINO_TEST_ENGINE'] ?? sqlite.name;
  const engine = engines.find((candidate) => candidate.name === name);
  if (engine === undefined) throw new Error(`there is no engine ${name}`);
  return engine;
}

/** On the server that `serve-databases.ts` keeps. */
async function onServer(kind: string): Promise<EmptyDatabase> {
  const { name, url } = JSON.parse(await ask('POST', `/${kind}`)) as { readonly name: string; readonly url: string };
  return { url, [Symbol.asyncDispose]: async () => void (await ask('DELETE', `/${kind}/${name}`)) };
}

async function ask(method: string, path: string): Promise<string> {
  const asking = request({ socketPath: process.env['NEUTRINO_TEST_DATABASES'] ?? '', method, path }).end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const body = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${body}`);
  return body;
}
