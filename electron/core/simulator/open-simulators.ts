import { join } from 'node:path'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { parseCsv } from './csv.ts'
import type { Dimensions } from './field-values.ts'
import { type Journal, openJournal } from './journal.ts'
import { createReservoir, type Reservoir } from './reservoir.ts'
import type { SimulatorRun } from './run.ts'

/** The simulator of one pipeline: what it sent stands in its journal; `run` is the newest run of this process. */
export interface Simulator {
  context: PipelineContext
  dimensions: Dimensions
  journal: Journal
  reservoir: Reservoir
  run: SimulatorRun | undefined
}

/** The simulators of all pipelines, each opened when it is asked for first. */
export interface Simulators {
  of(scope: PipelineScope): Promise<Simulator>
  /** Those that were asked for. */
  all(): Iterable<Promise<Simulator>>
}

export function createSimulators(deps: { contextOf: ContextOf; random: () => number; care: StateCare }): Simulators {
  const simulators = new Map<string, Promise<Simulator>>()

  async function open(context: PipelineContext): Promise<Simulator> {
    const files = await Promise.all(
      context.spec.dimensions.map(
        async dimension => [dimension.table, parseCsv(await context.files.text(`dims/${dimension.file}`))] as const,
      ),
    )
    const journal = await whenRoom(deps.care, () => openJournal(join(context.stateDir, 'simulator'), deps.care))
    const reservoir = createReservoir(deps.random, journal.state.samples, journal.state.offered)
    return { context, dimensions: new Map(files), journal, reservoir, run: undefined }
  }

  return {
    async of(scope) {
      const key = `${scope.target}/${scope.pipeline}`
      const context = await deps.contextOf(scope)
      const known = simulators.get(key) ?? open(context)
      simulators.set(key, known)
      // What could not be opened now is tried again by the next call.
      known.catch(() => simulators.delete(key))
      return known
    },
    all: () => simulators.values(),
  }
}
