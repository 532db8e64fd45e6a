import { appliedRevisions, assertSchemaCurrent, upgrade } from './migrate.ts';
import { migrations } from './migrations/registry.ts';
import type { Db } from './types.ts';

/** Carries out one command of neutron-db-manage and returns what it prints. Throws an Error that says what is wrong. */
export async function manageDatabase(db: Db, command: string, revision?: string): Promise<readonly string[]> {
  switch (command) {
    case 'upgrade': {
      if (revision === undefined) throw new Error('upgrade: to which revision? "upgrade head" brings the schema up to date');
      const made = await upgrade(db, await targetRevision(db, revision));
      return made.length === 0 ? ['The schema is up to date.'] : made.map((migration) => `Running upgrade ${migration.revision}: ${migration.summary}`);
    }
    case 'current': {
      const latest = (await appliedRevisions(db)).at(-1);
      if (latest === undefined) return ['The database is empty.'];
      return [latest === head() ? `${latest} (head)` : latest];
    }
    case 'history': {
      const applied = new Set(await appliedRevisions(db));
      return migrations.map(({ revision: name, summary }) => `${name}${name === head() ? ' (head)' : ''}${applied.has(name) ? '' : ' (not made)'}: ${summary}`);
    }
    case 'heads':
      return [head()];
    case 'check_migration':
      await assertSchemaCurrent(db);
      return ['The schema is up to date.'];
    case 'has_offline_migrations':
      // All of them add: a server of the version before goes on beside them.
      return ['No migration needs the server to be stopped.'];
    case 'downgrade':
      throw new Error('downgrade: no longer supported; restore a backup');
    default:
      throw new Error(`${command}: no such command; there are upgrade, current, history, heads, check_migration and has_offline_migrations`);
  }
}

function head(): string {
  return migrations.at(-1)?.revision ?? '';
}

/** "head" and "heads", "+N" from where the database is, or a revision's name or its number. */
async function targetRevision(db: Db, text: string): Promise<string> {
  if (text === 'head' || text === 'heads') return head();
  const steps = /^\+([1-9]\d*)$/.exec(text)?.[1];
  const applied = new Set(await appliedRevisions(db));
  const found =
    steps === undefined
      ? migrations.find(({ revision }) => revision === text || revision.startsWith(`${text}-`))
      : (migrations.filter(({ revision }) => !applied.has(revision))[Number(steps) - 1] ?? migrations.at(-1));
  if (found === undefined) throw new Error(`${text}: no such revision; "history" shows them all`);
  return found.revision;
}
