import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DatabaseServer } from './database-server.ts';
import { startMariadb } from './mariadb.ts';
import { startPostgres } from './postgres.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The kinds of server that a run of tests shares. */
const kinds: Readonly<Record<string, () => Promise<DatabaseServer>>> = { mariadb: startMariadb, postgres: startPostgres };

/**
 * Vitest's global set-up. Test files run in processes of their own, so one process keeps the database servers for all of
 * them: `POST /mariadb` starts MariaDB unless it is there, makes a database, and answers with its URL;
 * `DELETE /mariadb/NAME` drops it. A run that needs no server starts none.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Vitest calls this for each of its projects.
  if (process.env['NEUTRINO_TEST_DATABASES'] !== undefined) return undefined;
  const directory = temporaryDirectory();
  const servers = new Map<string, Promise<DatabaseServer>>();
  let made = 0;

  const answer = async (method: string, path: string): Promise<string> => {
    const [, kind = '', database] = path.split('/');
    const start = kinds[kind];
    if (start === undefined) throw new Error(`there is no database server ${kind}`);
    const starting = servers.get(kind) ?? start();
    servers.set(kind, starting);
    const server = await starting;
    const end = server.unaskedEnd();
    if (end !== undefined) throw new Error(end);
    if (method === 'DELETE' && database !== undefined) {
      await server.drop(database);
      return '';
    }
    const name = `test${String((made += 1))}`;
    await server.create(name);
    return JSON.stringify({ name, url: server.url(name) });
  };

  const service = createServer((request, response) => {
    answer(request.method ?? '', request.url ?? '').then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  const socket = join(directory.path, 'databases.sock');
  service.listen(socket);
  await once(service, 'listening');
  // Inherited by the processes of the test files.
  process.env['NEUTRINO_TEST_DATABASES'] = socket;
  return async () => {
    service.close();
    for (const server of servers.values()) await (await server.catch(() => undefined))?.[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  };
}
