import { defineConfig } from 'vitest/config'

/**
 * unit: no process, no port. contract: the sandbox's wire, with the SDK. integration: whole programs, foreign clients,
 * kills. e2e: the console.
 */
export default defineConfig({
  test: {
    // Files of unit and contract tests, side by side: they wait for processes and timers more than they compute.
    maxWorkers: '100%',
    projects: [
      // A machine that is busy takes its time: what hangs is ended, what is slow is not wrong.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', testTimeout: 30_000 } },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          environment: 'node',
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
