import type { runtimeContract, SparkState } from '../../../shared/features/runtime.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'

/** What a host does for core: programs of this machine are found and started there. */
export interface SparkHost {
  findSpark(signal: AbortSignal): Promise<Omit<SparkState, 'at'>>
  /** Installs the packages (as pip names them, with their versions), and a Java where there is none. */
  setUp(packages: readonly string[], signal: AbortSignal): AsyncIterable<Omit<WorkEvent, 'at'>>
}

/** What the job is written for: the versions that its tests run on. */
const REQUIREMENTS = 'spark/requirements.txt'

/** What runs Spark on this machine, and setting it up. */
export function createRuntimeService(deps: {
  host: SparkHost
  clock: Clock
  projectFile: (path: string) => Promise<string>
}): ServiceOf<typeof runtimeContract> {
  const { host, clock } = deps
  const now = () => new Date(clock.now()).toISOString()
  let settingUp = false
  return {
    spark: async (_, { signal }) => ({ at: now(), ...(await host.findSpark(signal)) }),
    async *setUpSpark(_, { signal }) {
      if (settingUp)
        throw new ExpectedError({
          code: 'conflict',
          message: 'Spark is being set up already.',
          hint: 'Wait for the end of it, or cancel it where it was begun.',
          retryable: true,
        })
      settingUp = true
      try {
        const packages = requirements(await deps.projectFile(REQUIREMENTS))
        for await (const event of host.setUp(packages, signal)) yield { at: now(), ...event }
      } finally {
        settingUp = false
      }
    },
  }
}

/** The lines of a requirements file that name a package. */
const requirements = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '' && !line.startsWith('-'))
