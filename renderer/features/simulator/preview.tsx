import { useCallback } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { EventMix } from '../../../shared/features/simulator.ts'
import { useCall } from '../../live/use-call.ts'
import { type Column, Table } from '../../ui/table/table.tsx'

type PreviewedEvent = Extract<Awaited<ReturnType<Services['simulator']['preview']>>, { ok: true }>['value'][number]

const PREVIEWED = 12

const COLUMNS: readonly Column<PreviewedEvent>[] = [
  { id: 'kind', header: 'Kind', width: 110, cell: event => event.kind },
  {
    id: 'key',
    header: 'Partition key',
    wrap: 'never',
    namesRow: true,
    cell: event => <code>{event.partitionKey}</code>,
  },
  { id: 'data', header: 'Data', wrap: 'anywhere', cell: event => <code>{event.data}</code> },
]
const keyOf = (_: PreviewedEvent, place: number): string => String(place)

/** The events that the next run with this mix begins with. */
export function Preview({ mix }: { mix: EventMix }) {
  const key = JSON.stringify(mix)
  const preview = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        services.simulator.preview({ ...scope, mix: JSON.parse(key) as EventMix, count: PREVIEWED }, signal),
      [key],
    ),
  )
  return (
    <section className="card">
      <div className="card-head">
        <h2>Preview</h2>
        <span className="note">the first events of the next run; nothing is sent</span>
      </div>
      <Table
        label="Preview of the events"
        rows={preview.value ?? []}
        columns={COLUMNS}
        keyOf={keyOf}
        empty={preview.state === 'failed' ? preview.error.message : preview.value ? 'No events.' : 'Generating events.'}
      />
    </section>
  )
}
