import './stream.css'
import Button from '@cloudscape-design/components/button'
import { useMemo, useState } from 'react'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { useLive } from '../../live/live.ts'
import { Stale } from '../../live/stale.tsx'
import { changeQuery, currentRoute, useRoute } from '../../route/route.ts'
import { Problem } from '../../ui/problem.tsx'
import { Status } from '../../ui/status.tsx'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'
import { LagCard } from './lag-card.tsx'
import { LagChart } from './lag-chart.tsx'
import { LoadCard } from './load-card.tsx'
import { type StartedProbe, useMeasured } from './measured-by.tsx'
import { RecordViewer } from './record-viewer.tsx'
import { Reshard } from './reshard.tsx'
import { shardRows } from './shard-rows.ts'
import { ShardTable } from './shard-table.tsx'

const choose = (shard: string): void =>
  changeQuery({ shard: currentRoute().query.get('shard') === shard ? undefined : shard })

/** Shards, how full and how far behind each is, and their number. */
export default function Stream() {
  const { stream, lag } = useLive()
  const { query } = useRoute()
  const work = useWork()
  const [resharding, setResharding] = useState(false)
  const [probing, setProbing] = useState<StartedProbe>()
  const measurement = useMeasured(probing, stream.value !== undefined)
  const { measured } = measurement
  const rows = useMemo(
    () => (stream.value ? shardRows(stream.value, lag.value, measured.behindMs) : []),
    [stream.value, lag.value, measured],
  )
  const chosen = query.get('shard') ?? undefined
  const open = rows.filter(row => row.state === 'open')
  const ids = rows.map(row => row.id).join(' ')
  const after = query.get('after')
  // Its records stay as they are while the numbers around it change.
  const viewer = useMemo(
    () => ids !== '' && <RecordViewer shards={ids.split(' ')} chosen={chosen} after={after} />,
    [ids, chosen, after],
  )
  const reshard = async (shards: number) => {
    setResharding(false)
    await work.run(`Reshard to ${shards}`, (services, scope, signal) =>
      services.stream.reshard({ ...scope, shards }, signal),
    )
  }
  return (
    <div className="page">
      <StreamHead
        stream={stream.value}
        canReshard={stream.value !== undefined && work.state !== 'running'}
        onReshard={() => setResharding(true)}
      />
      {stream.error && !stream.value && <Problem error={stream.error} />}
      <Stale parts={{ stream, lag }} />
      <WorkSteps work={work} cancel={work.cancel} />
      <LagCard rows={rows} measurement={measurement} isProbing={probing !== undefined} setProbing={setProbing} />
      <LoadCard open={open} chosen={chosen} onChoose={choose} />
      <LagChart rows={rows} chosen={chosen} />
      <ShardTable
        rows={rows}
        by={measured.by}
        chosen={chosen}
        onChoose={choose}
        loading={!stream.value && !stream.error}
      />
      {viewer}
      {resharding && <Reshard now={open.length} onCancel={() => setResharding(false)} onConfirm={reshard} />}
    </div>
  )
}

interface StreamHeadProps {
  stream: StreamDescription | undefined
  canReshard: boolean
  onReshard: () => void
}

function StreamHead({ stream, canReshard, onReshard }: StreamHeadProps) {
  return (
    <div className="page-head">
      <div>
        <h1>Stream</h1>
        <p>
          {stream
            ? `${stream.name}, ${stream.mode.toLowerCase()}, retention ${stream.retentionHours} h`
            : 'Shards and lag.'}
        </p>
      </div>
      <div className="page-actions">
        {stream && (
          <Status type={stream.status === 'ACTIVE' ? 'success' : 'in-progress'}>{stream.status.toLowerCase()}</Status>
        )}
        <Button disabled={!canReshard} onClick={onReshard}>
          Edit shard count…
        </Button>
      </div>
    </div>
  )
}
