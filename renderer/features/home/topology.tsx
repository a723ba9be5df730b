import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { ReactNode } from 'react'
import { inRecords } from '../../../shared/job/progress.ts'
import { useLive } from '../../live/live.ts'
import { capital, useEventWords, usePipeline } from '../../live/use-pipeline.ts'
import { linkTo, type PageId } from '../../route/route.ts'
import { count, duration, rate } from '../../ui/format.ts'

/** Simulator, stream, job and warehouse, and what flows between them now. */
export function Topology() {
  const { simulator, stream, lag, jobs, ledger } = useLive()
  const sending = simulator.value
  const pipeline = usePipeline()
  const { plural } = useEventWords()
  const open = stream.value?.shards.filter(shard => shard.state === 'open').length
  const cluster = jobs.value?.clusters[0]
  const step = cluster?.steps.find(entry => entry.state === 'RUNNING') ?? cluster?.steps[0]
  const progress = jobs.value?.progress
  const total = lag.value?.total
  const loadedPerSecond = progress && step?.state === 'RUNNING' ? perSecond(progress) : 0
  return (
    <div className="topology">
      <Part page="simulator" kind="Simulator" name={capital(plural)} mark={simulatorMark(sending?.state)}>
        {sending ? `${count(sending.counts.events)} ${plural} made` : 'not known yet'}
      </Part>
      <Edge perSecond={sending?.rates.acceptedPerSecond} below="accepted" />
      <Part
        page="stream"
        kind="Kinesis stream"
        name={stream.value?.name ?? (stream.error && stream.error.code !== 'not_found' ? 'not known' : 'no stream yet')}
        mark={
          stream.value
            ? { type: stream.value.status === 'ACTIVE' ? 'success' : 'in-progress', word: stream.value.status }
            : NONE
        }
      >
        {open === undefined
          ? stream.error && stream.error.code !== 'not_found'
            ? 'not readable'
            : 'provision it first'
          : `${open} open ${open === 1 ? 'shard' : 'shards'}, ${stream.value?.retentionHours} h kept`}
      </Part>
      <Edge
        perSecond={progress && step?.state === 'RUNNING' ? readPerSecond(progress) : undefined}
        below={
          total?.behindMs == null ? 'read' : total.behindRecords === 0 ? 'no lag' : `${duration(total.behindMs)} behind`
        }
      />
      <Part
        page="job"
        kind={`Job${step && step.engine !== 'unknown' ? `, ${step.engine} engine` : ''}`}
        name={progress?.name ?? 'no job yet'}
        mark={stepMark(step?.state)}
      >
        {progress
          ? `batch ${count(progress.batchId)}, ${count(progress.numInputRows)} rows`
          : 'has written no progress'}
      </Part>
      <Edge perSecond={loadedPerSecond} below="loaded" />
      <Part
        page="warehouse"
        kind="Redshift"
        name={pipeline?.table ?? 'not known yet'}
        mark={ledger.value ? { type: 'success', word: 'readable' } : NONE}
      >
        {ledger.value ? `${count(ledger.value.loaded)} rows` : 'not known yet'}
      </Part>
    </div>
  )
}

interface Mark {
  type: StatusIndicatorProps.Type
  word: string
}
const NONE: Mark = { type: 'stopped', word: 'none' }

function simulatorMark(state: string | undefined): Mark {
  if (state === undefined) return NONE
  if (state === 'running') return { type: 'success', word: 'running' }
  if (state === 'failed') return { type: 'error', word: 'failed' }
  if (state === 'paused') return { type: 'pending', word: 'paused' }
  return { type: state === 'idle' || state === 'stopped' ? 'stopped' : 'in-progress', word: state }
}

function stepMark(state: string | undefined): Mark {
  if (state === undefined) return NONE
  if (state === 'RUNNING') return { type: 'success', word: 'running' }
  if (state === 'FAILED') return { type: 'error', word: 'failed' }
  if (state === 'PENDING' || state === 'CANCEL_PENDING')
    return { type: 'in-progress', word: state.toLowerCase().replace('_', ' ') }
  return { type: 'stopped', word: state.toLowerCase() }
}

/** An idle query tells its newest batch for ever: what is older than this says nothing about now. */
const FRESH_MS = 5_000
type Progress = NonNullable<NonNullable<ReturnType<typeof useLive.getState>['jobs']['value']>['progress']>
const isFresh = (progress: Progress): boolean => Date.now() - Date.parse(progress.sluice.committedAt) < FRESH_MS
const readPerSecond = (progress: Progress): number =>
  isFresh(progress) ? inRecords(progress.inputRowsPerSecond, progress) : 0
const perSecond = (progress: Progress): number =>
  isFresh(progress) && progress.numInputRows > 0
    ? (progress.inputRowsPerSecond * progress.sluice.counts.loaded) / progress.numInputRows
    : 0

function Part({
  page,
  kind,
  name,
  mark,
  children,
}: {
  page: PageId
  kind: string
  name: string
  mark: Mark
  children: ReactNode
}) {
  return (
    <a className="part" href={linkTo(page)} data-state={mark.type === 'error' ? 'bad' : undefined}>
      <span className="part-kind">{kind}</span>
      <span className="part-name" title={name}>
        {name}
      </span>
      <StatusIndicator type={mark.type}>{mark.word}</StatusIndicator>
      <span className="part-facts">{children}</span>
    </a>
  )
}

function Edge({ perSecond, below }: { perSecond: number | undefined; below: string }) {
  const flows = perSecond !== undefined && perSecond > 0
  return (
    <div className="edge" data-flows={flows}>
      <b>{perSecond === undefined ? '–' : `${rate(perSecond)}/s`}</b>
      <span>{below}</span>
    </div>
  )
}
