import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { Clock } from '../clock/clock.ts'
import { reporter } from '../work/work.ts'
import type { ProvisionJournal } from './journal.ts'
import type { Resource } from './resource.ts'

/** Takes away a resource that was made here, as the journal says; any other is left. */
export async function* destroyOne(
  resource: Resource,
  madeHere: ReadonlySet<string>,
  journal: ProvisionJournal,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const report = reporter(clock, resource.id, `Destroy ${resource.kind} ${resource.name}`)
  if (!madeHere.has(resource.id)) {
    yield report('skipped', 'was not made here')
    return
  }
  yield report('running')
  if (await resource.read(signal, true))
    for await (const detail of resource.destroy(signal)) yield report('running', detail)
  await journal.write(resource.id, 'destroyed', new Date(clock.now()).toISOString(), signal)
  yield report('done')
}
