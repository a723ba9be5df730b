import type { NewEvent } from '../../shared/features/history.ts'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Notice, StateCare } from '../../shared/state/damage.ts'
import { createDiskWatch } from '../../shared/state/disk-watch.ts'
import type { Clock } from './clock/clock.ts'
import type { History } from './history/history.ts'
import type { Catalog } from './pipelines/catalog.ts'

interface TargetEventParts {
  /** Asked when something happens: the catalog is read with care that is made here. */
  catalog: () => Catalog
  history: History
  log: (line: string) => void
}

/** Records what concerns a target as a whole in the history of each of its pipelines. */
export function createTargetEvents({ catalog, history, log }: TargetEventParts) {
  /** The ids of the pipelines are known once the specs were read. */
  function ofEachPipeline(target: string, record: (scope: PipelineScope) => void): void {
    const recordAll = (ids: readonly string[] = []) => {
      for (const pipeline of ids) record({ target, pipeline })
    }
    const ids = catalog().ids()
    if (ids) return void recordAll(ids)
    catalog()
      .list()
      .then(
        () => recordAll(catalog().ids()),
        error => log(`the pipelines cannot be read: ${String(error)}`),
      )
  }

  return {
    record: (target: string, event: NewEvent): void => ofEachPipeline(target, scope => history.event(scope, event)),
    /** The same, unless an event of its title was recorded before. */
    recordOnce: (target: string, event: NewEvent): void =>
      ofEachPipeline(target, scope => {
        history.eventOnce(scope, event).catch(error => log(`the history is not read: ${String(error)}`))
      }),
  }
}

interface OwnCareParts {
  stateDir: string
  clock: Clock
  events: ReturnType<typeof createTargetEvents>
  log: (line: string) => void
}

/**
 * The care of core's own files. What is found out about them is said in the log, and in the history of the sandbox's
 * pipelines: they are on this machine.
 */
export function careOfOwnFiles({ stateDir, clock, events, log }: OwnCareParts): StateCare {
  const notice = (said: Notice) => {
    log([said.title, said.detail].filter(Boolean).join('. '))
    const event: NewEvent = { ...said, kind: said.kind ?? 'sandbox' }
    // A damaged end that nothing was written over yet is found by every start.
    if (event.kind === 'damage') events.recordOnce('sandbox', event)
    else events.record('sandbox', event)
  }
  const watch = createDiskWatch({ dir: stateDir, notice })
  return { repairs: false, now: clock.now, notice, trouble: watch.trouble, room: watch.room }
}
