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
    'Manages the schema of the database. Commands: upgrade head (or a revision, or +N steps), current (the revision of the database), history (all revisions), check_migration (fails where the database is out of date).',
  sections: serverSections,
  defaultConfigFiles: ['neutron.conf', 'plugins/ml2/ml2_conf.ini'],
  arguments: '<command> [revision]',
  main: async ({ config, log, argv, signal }) => {
    const [command = '', revision] = argv;
    try {
      const quietly = { info: (message: string) => log.debug(message), warn: (message: string) => log.warn(message) };
      await using database = await openDatabase(databaseUrl(config), quietly, databaseSettings(config));
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
