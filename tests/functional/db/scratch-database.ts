import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { upgrade } from '@neutrino/server/db/migrate';
import { openDatabase } from '@neutrino/server/db/open-database';
import type { Db } from '@neutrino/server/db/types';

export interface ScratchDatabase extends AsyncDisposable {
  readonly db: Db;
  readonly url: string;
}

const silent = { info: () => undefined };

/** A database file of the test's own, at the newest schema, deleted when the test is done with it. */
export async function scratchDatabase({ migrated = true } = {}): Promise<ScratchDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'neutrino-db-'));
  const url = `sqlite:///${directory}/neutron.sqlite`;
  const database = await openDatabase(url, silent);
  if (migrated) await upgrade(database.db);
  return {
    db: database.db,
    url,
    async [Symbol.asyncDispose]() {
      await database.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
