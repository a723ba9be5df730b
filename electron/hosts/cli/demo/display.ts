import type { JobsView } from '../../../../shared/features/jobs.ts'
import type { Lag } from '../../../../shared/features/lag.ts'
import type { WorkEvent } from '../../../../shared/features/scope.ts'
import type { SimulatorStatus } from '../../../../shared/features/simulator.ts'
import { bytes, count, duration, table } from '../text.ts'

/** What is known at one moment of a run; each part arrives by its own stream. */
export interface Live {
  simulator?: SimulatorStatus
  lag?: Lag
  jobs?: JobsView
}

export interface Display {
  /** A line that stays. */
  line(text: string): void
  work(event: WorkEvent): void
  live(state: Live): void
  /** Leaves what is drawn and goes on below it. */
  endLive(): void
}

const MARKS = { running: '…', done: '✓', skipped: '–', failed: '✗' } as const
const PARTITIONS_SHOWN = 8

/** Draws to a stream: in place on a terminal, a line a second anywhere else. */
export function createDisplay(out: NodeJS.WriteStream, monotonic: () => number): Display {
  const inPlace = out.isTTY
  let drawn = 0
  let workLine = false
  let plainAt = Number.NEGATIVE_INFINITY
  const write = (text: string) => void out.write(text)
  const erase = () => {
    if (workLine) write('\r\x1b[2K')
    workLine = false
    if (drawn > 0) write(`\x1b[${drawn}A\x1b[J`)
    drawn = 0
  }
  return {
    line(text) {
      erase()
      write(`${text}\n`)
    },
    work(event) {
      const text = `  ${MARKS[event.state]} ${event.title}${event.detail ? `: ${event.detail}` : ''}`
      if (event.state !== 'running') {
        erase()
        write(`${text}\n`)
      } else if (inPlace) {
        erase()
        write(text.slice(0, (out.columns || 120) - 1))
        workLine = true
      }
    },
    live(state) {
      if (inPlace) {
        const lines = liveBlock(state).map(line => line.slice(0, (out.columns || 120) - 1))
        erase()
        write(`${lines.join('\n')}\n`)
        drawn = lines.length
      } else if (monotonic() - plainAt >= 1_000) {
        plainAt = monotonic()
        write(`  ${liveLine(state)}\n`)
      }
    },
    endLive() {
      drawn = 0
    },
  }
}

function liveLine({ simulator, lag, jobs }: Live): string {
  const parts = []
  if (simulator) {
    parts.push(`sent ${count(simulator.counts.sent)} (${count(simulator.rates.sentPerSecond)}/s)`)
    parts.push(`accepted ${count(simulator.counts.accepted)}`)
    if (simulator.counts.throttled > 0) parts.push(`throttled ${count(simulator.counts.throttled)}`)
    if (simulator.reason) parts.push(simulator.reason)
  }
  if (lag)
    parts.push(
      `lag ${duration(lag.total.behindMs)}, ` +
        `${lag.total.behindRecords === null ? '–' : count(lag.total.behindRecords)} records`,
    )
  if (jobs?.progress)
    parts.push(
      `batch ${jobs.progress.batchId}, ${count(jobs.progress.numInputRows)} rows in ` +
        `${duration(jobs.progress.batchDuration)}`,
    )
  return parts.join(' · ')
}

function liveBlock(state: Live): string[] {
  const { lag, simulator } = state
  const lines = ['', `  ${liveLine(state)}`]
  if (simulator?.eventTime) lines.push(`  event time ${simulator.eventTime} · simulator ${simulator.state}`)
  if (lag) {
    const shown = [...lag.partitions]
      .sort((a, b) => (b.behindRecords ?? 0) - (a.behindRecords ?? 0))
      .slice(0, PARTITIONS_SHOWN)
    lines.push(
      '',
      ...table([
        [lag.words.partition, 'state', 'lag', 'records', 'bytes', 'read'],
        ...shown.map(partition => [
          partition.partitionId,
          partition.state,
          duration(partition.behindMs),
          partition.behindRecords === null ? '–' : count(partition.behindRecords),
          bytes(partition.behindBytes),
          count(partition.readRecords),
        ]),
      ]).map(line => `  ${line}`),
    )
    if (lag.partitions.length > shown.length)
      lines.push(`  and ${lag.partitions.length - shown.length} more ${lag.words.partitions} that are less behind`)
  }
  return lines
}
