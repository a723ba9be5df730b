import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/fixture/longest-first.ts'

/** `expect.poll` waits for a second unless it is told; no test is about how fast a condition comes to hold. */
const PATIENT = { poll: { timeout: 20_000 } }

/**
 * unit: no process, no port. contract: the sandbox's wire, with the SDK. integration: whole programs, foreign clients,
 * kills. e2e: the console. A machine that is busy takes its time: what hangs is ended, what is slow is not wrong. `npm
 * test` runs the groups one after the other, too: beside each other on two cores, tests of the page run out of time.
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
          expect: PATIENT,
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
          expect: PATIENT,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          expect: PATIENT,
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
          expect: PATIENT,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
