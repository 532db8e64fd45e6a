import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['neutrino-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['neutrino-source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
