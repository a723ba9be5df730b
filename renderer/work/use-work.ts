import { useCallback, useRef, useState } from 'react'
import type { PipelineScope, WorkEvent } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import type { AppError, Result } from '../../shared/rpc/contract.ts'
import { useConnection } from '../connection/connection.ts'
import { useLive } from '../live/live.ts'

/** A long piece of work as the page sees it: its steps in the order of their start, each with its newest state. */
export interface Work {
  state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled'
  title: string
  steps: WorkEvent[]
  /** Every event, as it came. */
  log: WorkEvent[]
  error?: AppError
  /** When it began and ended, by this machine's clock. */
  startedMs: number
  endedMs?: number
  /** It is done in so many parts one after the other; this is the index of the one under way, and of its first step. */
  parts: { count: number; now: number; firstStep: number }
}

type Start = (services: Services, scope: PipelineScope, signal: AbortSignal) => AsyncIterable<Result<WorkEvent>>

/**
 * Runs one piece of work at a time, with its progress, and lets it be cancelled; one that is begun while another runs
 * cancels that first.
 */
export function useWork(): Work & { run: (title: string, ...starts: Start[]) => Promise<boolean>; cancel: () => void } {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [work, setWork] = useState<Work>(IDLE)
  const abort = useRef<AbortController>(undefined)
  const ended = useRef<Promise<boolean>>(undefined)

  const carryOut = useCallback(
    async (current: AbortController, title: string, starts: Start[]): Promise<boolean> => {
      if (!services) return false
      const startedMs = Date.now()
      setWork({ ...IDLE, state: 'running', title, startedMs, parts: { count: starts.length, now: 0, firstStep: 0 } })
      for (const [now, start] of starts.entries()) {
        setWork(work => ({ ...work, parts: { count: starts.length, now, firstStep: work.steps.length } }))
        for await (const result of start(services, scope, current.signal)) {
          if (!result.ok) {
            const state = result.error.code === 'cancelled' ? 'cancelled' : 'failed'
            setWork(work => ({ ...work, state, error: result.error, endedMs: Date.now() }))
            return false
          }
          setWork(work => withEvent(work, result.value))
        }
      }
      setWork(work => ({ ...work, state: 'done', endedMs: Date.now() }))
      return true
    },
    [services, scope],
  )
  const run = useCallback(
    (title: string, ...starts: Start[]): Promise<boolean> => {
      const current = new AbortController()
      abort.current?.abort()
      abort.current = current
      ended.current = Promise.resolve(ended.current).then(() => carryOut(current, title, starts))
      return ended.current
    },
    [carryOut],
  )
  const cancel = useCallback(() => abort.current?.abort(), [])
  return { ...work, run, cancel }
}

const IDLE: Work = {
  state: 'idle',
  title: '',
  steps: [],
  log: [],
  startedMs: 0,
  parts: { count: 1, now: 0, firstStep: 0 },
}

function withEvent(work: Work, event: WorkEvent): Work {
  const known = work.steps.findIndex(step => step.step === event.step)
  const steps = known < 0 ? [...work.steps, event] : work.steps.with(known, event)
  return { ...work, steps, log: [...work.log, event] }
}
