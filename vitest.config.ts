import { defineConfig } from 'vitest/config'

// Tests import workspace packages as TypeScript sources: no build is needed before a test run.
const resolve = { conditions: ['source'] }
const ssr = { resolve: { conditions: ['source'] } }

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['packages', 'apps', 'infra', 'scripts', 'fuzz', 'bench'].map(
            (folder) => `${folder}/**/*.test.ts`,
          ),
          exclude: ['**/dist/**', '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/compose/**'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
      // Needs a container engine: scripts/test-compose.
      {
        resolve,
        ssr,
        test: {
          name: 'compose',
          include: ['e2e/compose/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 900_000,
          maxWorkers: 1,
        },
      },
    ],
  },
})
