import './home.css'
import { useLive } from '../../live/live.ts'
import { Stale } from '../../live/stale.tsx'
import { healthOf } from './health.ts'
import { HealthCard, UnknownCard } from './health-card.tsx'
import { LedgerCard } from './ledger-card.tsx'
import { RatesCard } from './rates-card.tsx'
import { staleSince } from './stale-since.ts'
import { Timeline } from './timeline.tsx'
import { Topology } from './topology.tsx'
import { useAround, useSinceMs } from './use-around.ts'

/** Healthy or not at one glance, what flows between the parts of the pipeline, and the account of every record. */
export function Home() {
  const { stream, lag, jobs } = useLive()
  const around = useAround()
  const health = healthOf({ stream, lag, jobs })
  const staleMs = useSinceMs(nowMs => staleSince({ stream, lag, jobs }, around, nowMs))
  return (
    <div className="page">
      <h1 className="visually-hidden">Home</h1>
      {staleMs === undefined ? <HealthCard health={health} /> : <UnknownCard last={health} sinceMs={staleMs} />}
      <Stale parts={{ stream, lag, job: jobs }} />
      <section className="card" aria-label="Topology">
        <Topology around={around} />
      </section>
      <div className="columns-main">
        <RatesCard />
        <LedgerCard />
      </div>
      <Timeline />
    </div>
  )
}
