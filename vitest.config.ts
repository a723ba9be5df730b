import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/fixture/longest-first.ts'

/**
 * unit: no process, no port. contract: the sandbox's wire, with the SDK. integration: whole programs, foreign clients,
 * kills. e2e: the console. A machine that is busy takes its time: what hangs is ended, what is slow is not wrong.
 * `npm test` runs integration, e2e and the others side by side; `vitest run` one group after the other.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They wait for processes and timers more than they compute.
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Each starts sandboxes, engines and Sparks of its own, in a folder of its own.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
