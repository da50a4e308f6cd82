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
          include: ['packages', 'apps', 'scripts', 'fuzz'].map((folder) => `${folder}/**/*.test.ts`),
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
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
    ],
  },
})
