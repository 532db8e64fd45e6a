import { defineConfig } from 'vitest/config';

/** What runs on every database engine: once in the project of each. */
const overEngines = ['tests/functional/api/**/*.test.ts', 'tests/functional/db/**/*.test.ts'];

const onEngine = (name: string) => ({ extends: true as const, test: { name, include: overEngines, env: { NEUTRINO_TEST_ENGINE: name } } });

export default defineConfig({
  resolve: { conditions: ['neutrino-source', 'node', 'default'] },
  ssr: { resolve: { conditions: ['neutrino-source', 'node', 'default'] } },
  test: {
    globalSetup: './tests/support/serve-databases.ts',
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'tests', include: ['packages/**/*.test.ts', 'tests/**/*.test.ts'] } },
      onEngine('MariaDB'),
      onEngine('PostgreSQL'),
    ],
  },
});
