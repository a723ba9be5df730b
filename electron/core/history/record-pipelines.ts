import type { JobsView } from '../../../shared/features/jobs.ts'
import type { Lag } from '../../../shared/features/lag.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import type { Target } from '../../../shared/features/targets.ts'
import type { CallContext } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { Pace } from '../clock/pace.ts'
import { PARTS } from './observe.ts'
import type { Observed, Part } from './record.ts'
import { type Recorded, recordAll } from './recorder.ts'

type Ask<T> = (scope: PipelineScope, context: CallContext) => Promise<T>
interface Services {
  simulator: { status: Ask<SimulatorStatus> }
  stream: { describe: Ask<StreamDescription> }
  lag: { now: Ask<Lag> }
  jobs: { list: Ask<JobsView> }
}

/**
 * A line of a chart is broken where nothing was seen for a minute (renderer/ui/chart/chart-points.ts): when idle, twice
 * that.
 */
const SANDBOX = { everyMs: 5_000, atRestMs: 30_000 }
/** On AWS every metric that is asked for is paid for, and counts come once a minute. */
const AWS = { everyMs: 60_000, atRestMs: 60_000 }

/**
 * Records all pipelines of the sandbox, and those of AWS accounts that somebody has opened since this program
 * started: nobody's account is asked, nor charged, unasked.
 */
export function recordPipelines(
  services: Services,
  options: {
    targets: () => Promise<readonly Target[]>
    /** The ids of the pipelines. */
    pipelines: () => Promise<readonly string[]>
    observed: Observed
    clock: Clock
    pace: Pace
    signal: AbortSignal
  },
): Promise<void> {
  const { observed, signal } = options
  const recorded = async (): Promise<Recorded[]> => {
    const [targets, pipelines] = await Promise.all([options.targets(), options.pipelines()])
    return targets.flatMap(target =>
      pipelines
        .map(pipeline => ({ target: target.id, pipeline }))
        .filter(scope => target.kind === 'sandbox' || observed.seenMs(scope) !== undefined)
        .map(scope => ({ scope, ...(target.kind === 'sandbox' ? SANDBOX : AWS) })),
    )
  }

  async function poll(scope: PipelineScope, ending: AbortSignal): Promise<string> {
    const context = { signal: ending }
    const parts = await Promise.all([
      part(PARTS.stream, services.stream.describe),
      part(PARTS.lag, services.lag.now),
      part(PARTS.jobs, services.jobs.list),
      part(PARTS.simulator, services.simulator.status),
    ])
    return parts.join('\n')

    /** What a part says, without its times; of a part that cannot be asked, why. Then there is a gap. */
    async function part<T>(of: Part<T>, ask: Ask<T>): Promise<string> {
      try {
        const value = await ask(scope, context)
        if (ending.aborted) return ''
        observed.see(of, scope, value)
        return JSON.stringify(of.sampleOf(value))
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    }
  }

  return recordAll({ ...options, recorded, poll, signal })
}
