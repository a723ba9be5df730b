import SegmentedControl from '@cloudscape-design/components/segmented-control'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { LogFile, LogLine } from '../../../shared/features/jobs.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { useRepeat } from '../../live/use-repeat.ts'
import { Ago } from '../../ui/figure.tsx'
import { Problem } from '../../ui/problem.tsx'
import { SearchField } from '../../ui/search-field.tsx'

const FILES: readonly LogFile[] = ['stdout', 'stderr', 'controller', 'syslog']
/** EMR copies logs to S3; asking more often than the sandbox does brings nothing new. */
const AGAIN_MS = 3_000
const SHOWN_LINES = 2_000

/** A line of a log with its number in the file, 1 for the first. */
interface NumberedLine {
  number: number
  text: string
}

interface StepLogProps {
  clusterId: string
  stepId: string
  /** The line that is asked for. */
  wanted: LogLine | undefined
}

/**
 * The tail of a step's log, followed while it is open, with a search; or the surroundings of a line that is asked for.
 */
export function StepLog({ clusterId, stepId, wanted }: StepLogProps) {
  const [file, setFile] = useState<LogFile>(wanted?.file ?? 'stdout')
  const [text, setText] = useState('')
  useEffect(() => {
    if (!wanted) return
    setFile(wanted.file)
    setText('')
  }, [wanted])
  const log = useFollowedLog(clusterId, stepId, file)
  const wantedLine = wanted?.file === file ? wanted.line : undefined
  const found = useMemo(() => linesWith(log.value?.text ?? '', text), [log.value, text])
  return (
    <div>
      <div className="page-head">
        <SegmentedControl
          label="Log file"
          selectedId={file}
          options={FILES.map(id => ({ id, text: id }))}
          onChange={({ detail }) => setFile(detail.selectedId as LogFile)}
        />
        <SearchField label="Find in the log" value={text} onChange={setText} matches={found.length} />
        <span className="note">
          {log.value?.location}
          {log.value?.at && (
            <>
              , written <Ago ms={Date.parse(log.value.at)} />; EMR writes logs to S3 every five minutes, the sandbox
              every few seconds
            </>
          )}
        </span>
      </div>
      {log.state === 'failed' && !log.value ? (
        <Problem error={log.error} retry={log.reload} />
      ) : (
        <LogText
          lines={found}
          wantedLine={wantedLine}
          wanted={wanted}
          empty={log.value ? (text === '' ? 'The log is empty.' : 'No line matches.') : 'Reading the log.'}
        />
      )}
    </div>
  )
}

/** A file of the log, read again and again. */
function useFollowedLog(clusterId: string, stepId: string, file: LogFile) {
  const log = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        services.jobs.logs({ ...scope, clusterId, stepId, file }, signal),
      [clusterId, stepId, file],
    ),
  )
  useRepeat(log.reload, AGAIN_MS)
  return log
}

function linesWith(log: string, sought: string): NumberedLine[] {
  if (log === '') return []
  const wanted = sought.toLowerCase()
  return log
    .split('\n')
    .map((text, place) => ({ number: place + 1, text }))
    .filter(line => line.text.toLowerCase().includes(wanted))
}

interface LogTextProps {
  lines: readonly NumberedLine[]
  /** The number of the line that is marked, and scrolled to whenever `wanted` is another one. */
  wantedLine: number | undefined
  wanted: LogLine | undefined
  empty: string
}

/** The newest lines, or those around the wanted one; stays at the end while the reader is there. */
function LogText({ lines, wantedLine, wanted, empty }: LogTextProps) {
  const holder = useRef<HTMLPreElement>(null)
  const marked = useRef<HTMLElement>(null)
  const shown = useMemo(() => {
    const last = wantedLine === undefined ? lines.length : Math.max(wantedLine + SHOWN_LINES / 2, lines.length)
    return lines.slice(Math.max(0, last - SHOWN_LINES), last)
  }, [lines, wantedLine])
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what scrolls
  useEffect(() => {
    const box = holder.current
    if (marked.current) return
    if (box && box.scrollHeight - box.scrollTop - box.clientHeight < 200) box.scrollTop = box.scrollHeight
  }, [shown])
  const hasMarked = shown.some(line => line.number === wantedLine)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each line asked for, as soon as it is there
  useEffect(() => {
    if (hasMarked) marked.current?.scrollIntoView({ block: 'center' })
  }, [hasMarked, wanted])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <pre className="log" ref={holder} tabIndex={0}>
      {shown.length === 0 && empty}
      {hasMarked && wantedLine !== undefined ? (
        <>
          {textOf(shown.filter(line => line.number < wantedLine))}
          <mark ref={marked}>{textOf(shown.filter(line => line.number === wantedLine))}</mark>
          {textOf(shown.filter(line => line.number > wantedLine))}
        </>
      ) : (
        textOf(shown)
      )}
    </pre>
  )
}

const textOf = (lines: readonly NumberedLine[]): string => lines.map(line => `${line.text}\n`).join('')
