import type { ReactNode } from 'react'
import { absolute, ago, duration } from './format.ts'
import { useNow } from './now.ts'

interface FigureProps {
  label: string
  /** Absent while it is not known. */
  value: string | undefined
  unit?: string
  /** When it was true, epoch ms. */
  atMs?: number | undefined
  /** Where it came from. */
  source: string
  estimated?: boolean
  state?: 'good' | 'warning' | 'bad' | undefined
  children?: ReactNode
}

/** One number with its unit, its time and where it came from. */
export function Figure({ label, value, unit, atMs, source, estimated = false, state, children }: FigureProps) {
  return (
    <div className="figure" data-state={state}>
      <div className="figure-label">{label}</div>
      <div className="figure-value">
        {value ?? '–'}
        {unit && value !== undefined && <span className="figure-unit"> {unit}</span>}
      </div>
      <div className="figure-source" title={source}>
        {atMs !== undefined && (
          <>
            <Ago ms={atMs} />
            {' · '}
          </>
        )}
        {estimated && 'estimated · '}
        {source}
      </div>
      {children}
    </div>
  )
}

/** The age of a time, with the time itself on hover. */
export function Ago({ ms }: { ms: number }) {
  const age = useNow(now => ago(Math.max(0, now - ms)))
  return (
    <time dateTime={new Date(ms).toISOString()} title={absolute(ms)}>
      {age}
    </time>
  )
}

/** For how long something has been so, as coarse as an age; nothing while it has just begun. */
export function Lasting({ sinceMs }: { sinceMs: number }) {
  const age = useNow(now => ago(Math.max(0, now - sinceMs)))
  if (age === 'just now') return null
  return <span title={`since ${absolute(sinceMs)}`}> In this state for {age.replace(/ ago$/, '')}.</span>
}

/** How long something has taken so far, to the second. */
export function Elapsed({ sinceMs }: { sinceMs: number }) {
  return <>{useNow(now => duration(Math.floor(Math.max(0, now - sinceMs) / 1_000) * 1_000))}</>
}
