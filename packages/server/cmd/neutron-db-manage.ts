import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { defineProgram } from '@neutrino/runtime/cmd/program';
import { serverSections } from '../conf/sections.ts';
import { databaseSettings, databaseUrl } from '../db/database-url.ts';
import { manageDatabase } from '../db/manage-database.ts';
import { openDatabase } from '../db/open-database.ts';
import { untilAnswers } from '../db/until-answers.ts';

/** Brings the database to the schema that this version needs. */
await defineProgram({
  name: 'neutron-db-manage',
  description:
    'Manages the schema of the database. Commands: upgrade head (or a revision, or +N steps), current (the revision of the database), history (all revisions), heads (the newest), ' +
    'check_migration (fails where the database is out of date), has_offline_migrations (fails where the server must be stopped for an upgrade).',
  sections: serverSections,
  defaultConfigFiles: ['neutron.conf', 'plugins/ml2/ml2_conf.ini'],
  arguments: '<command> [revision]',
  extraOptions: [
    { flags: '--subproject <name>', description: 'whose schema: neutron is the only one', default: 'neutron' },
    { flags: '--database-connection <url>', description: 'use this database, whatever the files say' },
    { flags: '--delta <number>', description: 'upgrade: so many steps' },
    { flags: '--expand', description: 'upgrade: all, as there are no migrations that take anything away' },
    { flags: '--contract', description: 'upgrade: the same' },
  ],
  main: async ({ config, log, argv, options, signal }) => {
    const { subproject, databaseConnection, delta, expand, contract } = options;
    const [command = '', given] = argv;
    const revision = given ?? (typeof delta === 'string' ? `+${delta}` : expand === true || contract === true ? 'head' : undefined);
    try {
      if (subproject !== 'neutron') throw new CannotStart(`--subproject: there is no ${String(subproject)}, only neutron`);
      const connection = typeof databaseConnection === 'string' ? databaseConnection : databaseUrl(config);
      const quietly = { info: (message: string) => log.debug(message), warn: (message: string) => log.warn(message) };
      await using database = await openDatabase(connection, quietly, databaseSettings(config));
      const { max_retries: maxRetries, retry_interval: retryIntervalSeconds } = config.database;
      await untilAnswers(database.db, { maxRetries, retryIntervalSeconds, signal, warn: (message) => log.warn(message) });
      for (const line of await manageDatabase(database.db, command, revision)) process.stdout.write(`${line}\n`);
    } catch (error) {
      // An operator at a terminal wants the sentence; the stack is in the debug log.
      log.debug({ err: error }, 'the command failed');
      process.stderr.write(`neutron-db-manage: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  },
}).run();
