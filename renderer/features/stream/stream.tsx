import './stream.css'
import Button from '@cloudscape-design/components/button'
import { useMemo, useState } from 'react'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { useLive } from '../../live/live.ts'
import { Stale } from '../../live/stale.tsx'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { changeQuery, currentRoute, useRoute } from '../../route/route.ts'
import { Problem } from '../../ui/problem.tsx'
import { Status } from '../../ui/status.tsx'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'
import { LagCard } from './lag-card.tsx'
import { LagChart } from './lag-chart.tsx'
import { LoadCard } from './load-card.tsx'
import { type StartedProbe, useMeasured } from './measured-by.tsx'
import { partitionRows } from './partition-rows.ts'
import { PartitionTable } from './partition-table.tsx'
import { RecordViewer } from './record-viewer.tsx'
import { Repartition } from './repartition.tsx'

const choose = (partition: string): void =>
  changeQuery({ partition: currentRoute().query.get('partition') === partition ? undefined : partition })

/** Partitions, how full and how far behind each is, and their number. */
export default function Stream() {
  const { stream, lag } = useLive()
  const { query } = useRoute()
  const work = useWork()
  const words = useWords()
  const [repartitioning, setRepartitioning] = useState(false)
  const [probing, setProbing] = useState<StartedProbe>()
  const measurement = useMeasured(probing, stream.value !== undefined)
  const { measured } = measurement
  const rows = useMemo(
    () => (stream.value ? partitionRows(stream.value, lag.value, measured.behindMs) : []),
    [stream.value, lag.value, measured],
  )
  const chosen = query.get('partition') ?? undefined
  const open = rows.filter(row => row.state === 'open')
  const ids = rows.map(row => row.id).join(' ')
  const after = query.get('after')
  // Its records stay as they are while the numbers around it change.
  const viewer = useMemo(
    () => ids !== '' && <RecordViewer partitions={ids.split(' ')} chosen={chosen} after={after} />,
    [ids, chosen, after],
  )
  const bounds = stream.value?.can.repartition
  const repartition = async (partitions: number) => {
    setRepartitioning(false)
    await work.run(`${capital(words.repartition)} to ${partitions}`, (services, scope, signal) =>
      services.stream.repartition({ ...scope, partitions }, signal),
    )
  }
  return (
    <div className="page">
      <StreamHead stream={stream.value} busy={work.state === 'running'} onRepartition={() => setRepartitioning(true)} />
      {stream.error && !stream.value && <Problem error={stream.error} />}
      <Stale parts={{ stream, lag }} />
      <WorkSteps work={work} cancel={work.cancel} />
      <LagCard rows={rows} measurement={measurement} isProbing={probing !== undefined} setProbing={setProbing} />
      <LoadCard limits={stream.value?.writeLimits} open={open} chosen={chosen} onChoose={choose} />
      <LagChart rows={rows} chosen={chosen} />
      <PartitionTable
        rows={rows}
        by={measured.by}
        chosen={chosen}
        onChoose={choose}
        loading={!stream.value && !stream.error}
      />
      {viewer}
      {repartitioning && bounds && (
        <Repartition
          now={open.length}
          bounds={bounds}
          onCancel={() => setRepartitioning(false)}
          onConfirm={repartition}
        />
      )}
    </div>
  )
}

interface StreamHeadProps {
  stream: StreamDescription | undefined
  busy: boolean
  onRepartition: () => void
}

function StreamHead({ stream, busy, onRepartition }: StreamHeadProps) {
  const words = useWords()
  return (
    <div className="page-head">
      <div>
        <h1>Stream</h1>
        <p>
          {stream
            ? `${stream.name}, ${stream.mode.toLowerCase()}, retention ${stream.retentionHours} h`
            : `${capital(words.partitions)} and lag.`}
        </p>
      </div>
      <div className="page-actions">
        {stream && (
          <Status type={stream.status === 'ACTIVE' ? 'success' : 'in-progress'}>{stream.status.toLowerCase()}</Status>
        )}
        {stream?.can.repartition !== null && (
          <Button disabled={!stream || busy} onClick={onRepartition}>
            Edit {words.partition} count…
          </Button>
        )}
      </div>
    </div>
  )
}
