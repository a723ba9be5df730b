import { useEffect, useState } from 'react'
import type { AppError } from '../../shared/rpc/contract.ts'
import { useConnection } from '../connection/connection.ts'
import { type TimeRange, useRange } from '../route/range.ts'
import { useNow } from '../ui/now.ts'
import { KEPT_SECONDS, useLive } from './live.ts'
import { type Sample, samplesOf } from './samples.ts'

/** The samples of the range that the link names. `live` when they go on. */
export interface Ranged {
  samples: Sample[]
  fromMs: number
  toMs: number
  live: boolean
  error?: AppError
}

const AGAIN_EVERY_MS = 10_000
/** The axis goes on with the time when nothing new is drawn, too: seldom, for each time draws every chart. */
const AXIS_STEP_MS = 15_000
/** Drawn points a chart. */
const POINTS = 600

/**
 * The samples to draw, over the whole range that was chosen: those that the page has itself while they are enough, else
 * core's history. Where nothing was recorded nothing is drawn.
 */
export function useSamples(): Ranged {
  const range = useRange()
  const samples = useLive(live => live.samples)
  const remembered = useRemembered(range)
  const steps = useNow(nowMs => Math.floor(nowMs / AXIS_STEP_MS))
  if (range.kind === 'last' && range.lastMs <= KEPT_SECONDS * 1_000) {
    const toMs = Math.max(samples.at(-1)?.atMs ?? 0, steps * AXIS_STEP_MS)
    return { samples, fromMs: toMs - range.lastMs, toMs, live: true }
  }
  return remembered
}

function useRemembered(range: TimeRange): Ranged {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [found, setFound] = useState<Ranged>(() => emptyRange(range))
  useEffect(() => {
    if (!services || (range.kind === 'last' && range.lastMs <= KEPT_SECONDS * 1_000)) return
    const abort = new AbortController()
    const ask = async () => {
      const wanted = emptyRange(range)
      const { fromMs, toMs } = wanted
      const result = await services.history.range(
        { ...scope, fromMs, toMs, points: POINTS, partitions: true },
        abort.signal,
      )
      if (abort.signal.aborted) return
      setFound(result.ok ? { ...wanted, samples: samplesOf(result.value.series) } : { ...wanted, error: result.error })
    }
    setFound(emptyRange(range))
    void ask()
    const timer = range.kind === 'last' ? setInterval(ask, AGAIN_EVERY_MS) : undefined
    return () => {
      abort.abort()
      clearInterval(timer)
    }
  }, [services, scope, range])
  return found
}

function emptyRange(range: TimeRange): Ranged {
  if (range.kind === 'fixed') return { samples: [], fromMs: range.fromMs, toMs: range.toMs, live: false }
  const toMs = Date.now()
  return { samples: [], fromMs: toMs - range.lastMs, toMs, live: true }
}
