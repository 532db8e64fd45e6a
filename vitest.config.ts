import { defineConfig } from 'vitest/config';
import type { Capability } from './tests/support/capabilities.ts';
import { realMariadb } from './tests/support/mariadb.ts';
import { realPostgres } from './tests/support/postgres.ts';

/** What runs on every database engine, once in the project of each, and what runs on those that are servers. */
const overEngines = ['tests/functional/api/**/*.test.ts', 'tests/functional/db/**/*.test.ts', 'tests/functional/db-servers/**/*.test.ts'];
/** Stands in the summary for all of them where the machine lacks an engine. */
const missing = 'tests/functional/db-servers/engine-missing.test.ts';
const exclude = ['**/node_modules/**', '**/dist/**'];

const onEngine = (name: string, engine: Capability) => ({
  extends: true as const,
  test: {
    name,
    env: { NEUTRINO_TEST_ENGINE: name },
    // Servers of their own, beside all that runs already.
    testTimeout: 120_000,
    ...(engine.missing() === undefined ? { include: overEngines, exclude: [...exclude, missing] } : { include: [missing] }),
  },
});

export default defineConfig({
  resolve: { conditions: ['neutrino-source', 'node', 'default'] },
  ssr: { resolve: { conditions: ['neutrino-source', 'node', 'default'] } },
  test: {
    globalSetup: './tests/support/serve-databases.ts',
    exclude,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // What is waited for comes in milliseconds, but on a machine that is busy.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      { extends: true, test: { name: 'tests', include: ['packages/**/*.test.ts', 'tests/**/*.test.ts'], exclude: [...exclude, 'tests/functional/db-servers/**'] } },
      onEngine('MariaDB', realMariadb),
      onEngine('PostgreSQL', realPostgres),
    ],
  },
});
