import { upgrade } from '@neutrino/server/db/migrate';
import { openDatabase } from '@neutrino/server/db/open-database';
import type { Db } from '@neutrino/server/db/types';
import { engineUnderTest, type Engine } from '../../support/engines.ts';

export interface ScratchDatabase extends AsyncDisposable {
  readonly db: Db;
  readonly url: string;
}

const silent = { info: () => undefined };

/** A database of the test's own, at the newest schema, deleted when the test is done with it. */
export async function scratchDatabase({ engine = engineUnderTest(), migrated = true }: { readonly engine?: Engine; readonly migrated?: boolean } = {}): Promise<ScratchDatabase> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await engine.emptyDatabase());
  const { db } = stack.use(await openDatabase(url, silent));
  if (migrated) await upgrade(db);
  const kept = stack.move();
  return { db, url, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
