import type { ReactNode } from 'react'
import { inRecords } from '../../../shared/job/progress.ts'
import { useLive } from '../../live/live.ts'
import type { LiveParts } from '../../live/parts.ts'
import { capital, useEventWords, usePipeline, useWords } from '../../live/use-pipeline.ts'
import { linkTo, type PageId } from '../../route/route.ts'
import { absolute, count, duration, rate } from '../../ui/format.ts'
import { Status } from '../../ui/status.tsx'
import { jobMark, type Mark, simulatorMark, streamMark, unknownMark, warehouseMark } from './part-marks.ts'
import { type Around, partStaleSince } from './stale-since.ts'
import { useSinceMs } from './use-around.ts'

/** At rest the ledger is asked for once a minute (live/live.ts), and shown some seconds later. */
const LEDGER_STALE_MS = 90_000

/** Since when each part of the pipeline is not known any more, epoch ms. */
type Unknown = Record<'simulator' | 'stream' | 'job' | 'warehouse', number | undefined>

/**
 * Simulator, stream, job and warehouse, and what flows between them now; what is not known any more is not coloured.
 */
export function Topology({ around }: { around: Around }) {
  const parts = useLive()
  const unknown = useUnknown(parts, around)
  const { simulator, stream, lag, jobs } = parts
  const cluster = jobs.value?.clusters[0]
  const step = cluster?.steps.find(entry => entry.state === 'RUNNING') ?? cluster?.steps[0]
  const progress = jobs.value?.progress
  const isRunning = progress && step?.state === 'RUNNING' && unknown.job === undefined ? progress : undefined
  const total = lag.value?.total
  return (
    <div className="topology">
      <SimulatorPart simulator={simulator} unknownMs={unknown.simulator} />
      <Edge
        perSecond={unknown.stream === undefined ? simulator.value?.rates.acceptedPerSecond : undefined}
        below="accepted"
      />
      <StreamPart stream={stream} unknownMs={unknown.stream} />
      <Edge
        perSecond={isRunning && readPerSecond(isRunning)}
        below={
          total?.behindMs == null || unknown.job !== undefined
            ? 'read'
            : total.behindRecords === 0
              ? 'no lag'
              : `${duration(total.behindMs)} behind`
        }
      />
      <Part
        page="job"
        kind={`Job${step && step.engine !== 'unknown' ? `, ${step.engine} engine` : ''}`}
        name={progress?.name ?? 'no query yet'}
        mark={jobMark(jobs, step?.state)}
        unknownMs={unknown.job}
      >
        {progress
          ? `batch ${count(progress.batchId)}, ${count(progress.numInputRows)} rows`
          : 'no progress reported yet'}
      </Part>
      <Edge
        perSecond={isRunning ? loadedPerSecond(isRunning) : unknown.job === undefined ? 0 : undefined}
        below="loaded"
      />
      <WarehousePart ledger={parts.ledger} unknownMs={unknown.warehouse} />
    </div>
  )
}

function useUnknown({ simulator, stream, jobs, ledger }: LiveParts, around: Around): Unknown {
  // The simulator runs in core: the sandbox may be away, and its state is known all the same.
  const ofCore = { ...around, sandbox: undefined }
  return {
    simulator: useSinceMs(nowMs => partStaleSince(simulator, ofCore, nowMs)),
    stream: useSinceMs(nowMs => partStaleSince(stream, around, nowMs)),
    job: useSinceMs(nowMs => partStaleSince(jobs, around, nowMs)),
    warehouse: useSinceMs(nowMs => partStaleSince(ledger, around, nowMs, LEDGER_STALE_MS)),
  }
}

function SimulatorPart({ simulator, unknownMs }: { simulator: LiveParts['simulator']; unknownMs: number | undefined }) {
  const { plural } = useEventWords()
  const status = simulator.value
  return (
    <Part
      page="simulator"
      kind="Simulator"
      name={capital(plural)}
      mark={simulatorMark(status?.state)}
      unknownMs={unknownMs}
    >
      {status ? `${count(status.counts.events)} ${plural} generated` : 'not known yet'}
    </Part>
  )
}

function StreamPart({ stream, unknownMs }: { stream: LiveParts['stream']; unknownMs: number | undefined }) {
  const { value, error } = stream
  const words = useWords()
  const open = value?.partitions.filter(({ state }) => state === 'open').length
  const isMissing = error?.code === 'not_found'
  return (
    <Part
      page="stream"
      kind={`${words.service} stream`}
      name={value?.name ?? (isMissing ? 'no stream yet' : 'not known yet')}
      mark={streamMark(stream)}
      unknownMs={unknownMs}
    >
      {open === undefined
        ? isMissing
          ? 'provision it first'
          : (error?.message ?? 'not known yet')
        : `${open} open ${open === 1 ? words.partition : words.partitions}`}
    </Part>
  )
}

function WarehousePart({ ledger, unknownMs }: { ledger: LiveParts['ledger']; unknownMs: number | undefined }) {
  const table = usePipeline()?.table
  return (
    <Part
      page="warehouse"
      kind="Redshift"
      name={table ?? 'not known yet'}
      mark={warehouseMark(ledger)}
      unknownMs={unknownMs}
    >
      {ledger.value ? `${count(ledger.value.loaded)} rows` : 'not known yet'}
    </Part>
  )
}

/** An idle query reports its newest batch for ever: what is older than this says nothing about now. */
const FRESH_MS = 5_000
type Progress = NonNullable<NonNullable<LiveParts['jobs']['value']>['progress']>
const isFresh = (progress: Progress): boolean => Date.now() - Date.parse(progress.sluice.committedAt) < FRESH_MS
const readPerSecond = (progress: Progress): number =>
  isFresh(progress) ? inRecords(progress.inputRowsPerSecond, progress) : 0
const loadedPerSecond = (progress: Progress): number =>
  isFresh(progress) && progress.numInputRows > 0
    ? (progress.inputRowsPerSecond * progress.sluice.counts.loaded) / progress.numInputRows
    : 0

interface PartProps {
  page: PageId
  kind: string
  name: string
  mark: Mark
  /** Since when its state is not known any more, epoch ms. */
  unknownMs: number | undefined
  children: ReactNode
}

function Part({ page, kind, name, mark, unknownMs, children }: PartProps) {
  const { type, word } = unknownMs === undefined ? mark : unknownMark(unknownMs)
  return (
    <a
      className="part"
      href={linkTo(page)}
      data-state={type === 'error' ? 'bad' : type === 'warning' ? 'warning' : undefined}
    >
      <span className="part-kind">{kind}</span>
      <span className="part-name" title={name}>
        {name}
      </span>
      <span title={unknownMs === undefined ? undefined : `Last known ${absolute(unknownMs)}: ${mark.word}`}>
        <Status type={type}>{word}</Status>
      </span>
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
