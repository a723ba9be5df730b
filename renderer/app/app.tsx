import { lazy, Suspense, useEffect } from 'react'
import { Home } from '../features/home/home.tsx'
import { followPipeline } from '../live/live.ts'
import { type PageId, useRoute } from '../route/route.ts'
import { Shell } from './shell.tsx'

/** The landing page comes with the program; the others when they are asked for. */
const OTHERS: Record<Exclude<PageId, 'home'>, ReturnType<typeof lazy>> = {
  calls: lazy(() => import('../features/calls/calls.tsx')),
  cost: lazy(() => import('../features/cost/cost.tsx')),
  provision: lazy(() => import('../features/provision/provision.tsx')),
  artifacts: lazy(() => import('../features/artifacts/artifacts.tsx')),
  simulator: lazy(() => import('../features/simulator/simulator.tsx')),
  stream: lazy(() => import('../features/stream/stream.tsx')),
  job: lazy(() => import('../features/jobs/job.tsx')),
  event: lazy(() => import('../features/trace/event.tsx')),
  profiles: lazy(() => import('../features/profiles/profiles.tsx')),
  protection: lazy(() => import('../features/protection/protection.tsx')),
  audit: lazy(() => import('../features/audit/audit.tsx')),
  warehouse: lazy(() => import('../features/warehouse/warehouse.tsx')),
}

export function App() {
  const { page } = useRoute()
  useEffect(followPipeline, [])
  const Other = page === 'home' ? undefined : OTHERS[page]
  return (
    <Shell>
      <Suspense fallback={<div className="page-loading" aria-busy="true" />}>{Other ? <Other /> : <Home />}</Suspense>
    </Shell>
  )
}
